"""Which collected fills of the bank are worth learning from: a mask of a hundredth to a half, not resampled as a whole."""

import json
from places import BANK
from sampler import Bank

bank = Bank()
sound = []
for i, m in enumerate(bank.meta):
    if m[3] != 3 or m[5] == "CoModGAN":
        continue
    t = bank.get(i)
    n = t.shape[0] // 3
    if 0.01 < (t[2 * n :, :, 0] > 127).mean() < 0.5:
        sound.append(i)
json.dump(sound, open(BANK / "sound_fills.json", "w"))
print(len(sound))
