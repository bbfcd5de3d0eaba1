"""Round trips through autoencoders for windows of the bank: pairs (photo, rebuilt), photo on top.
rebuild.py COUNT NAME SEED [--jitter]: with --jitter the decoder's weights are moved at random before most of them, another decoder each time."""

import json, sys, time
from pathlib import Path
from places import BANK, VAE
import numpy as np, torch

from inpaintscan.gen_data.inpainters.vae import load_autoencoder
from inpaintscan.gen_data.inpainters.networks import DecodeOnly
from sampler import Bank, cut, scale

torch.set_num_threads(1)
count, name, seed, jitter = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), "--jitter" in sys.argv
S = 256 if jitter else 288
bank = Bank()
by = {}
for i, m in enumerate(bank.meta):
    if m[3] == 0 and min(m[1], m[2]) >= S:
        by.setdefault(m[4] if jitter else "", []).append(i)
keys = sorted(by)
likely = np.array([len(by[k]) ** 0.6 for k in keys])
likely /= likely.sum()
kinds = (str(VAE), "autoencoder-f2", "autoencoder-f4", "autoencoder-f8")
shares = [0.64, 0.1, 0.12, 0.14] if jitter else [0.7, 0.08, 0.1, 0.12]
nets = [load_autoencoder(kind).eval() for kind in kinds]
convolution = (torch.nn.Conv2d, torch.nn.ConvTranspose2d)
layers = [[m for m in net.modules() if isinstance(m, convolution)] for net in nets]
kept = [[m.weight.detach().clone() for m in some] for some in layers]
rng = np.random.default_rng(seed)
torch.manual_seed(seed)


def move(which, by_share):
    """Move each kernel by a share of its size, and each weight by half that share of their deviation."""
    for layer, weight in zip(layers[which], kept[which]):
        gain = 1 + by_share * torch.randn(weight.shape[0], 1, 1, 1)
        noise = by_share * weight.std() * torch.randn_like(weight) / 2
        layer.weight.data.copy_(weight * gain + noise)


def with_colours_of(photo, rebuilt):
    """A moved decoder shifts colours, which a real one does not."""
    gain = (photo.std((0, 1)) / (rebuilt.std((0, 1)) + 1e-4)).clamp(0.5, 2)
    return (rebuilt - rebuilt.mean((0, 1))) * gain + photo.mean((0, 1))


meta, offset, since = [], 0, time.time()
with open(BANK / f"pixels{name}.u8", "wb") as f, torch.inference_mode():
    for k in range(count):
        which = int(rng.choice(4, p=shares))
        share = float(rng.uniform(0, 0.1)) if jitter and rng.random() < 0.8 else 0.0
        some = by[keys[rng.choice(len(keys), p=likely)]]
        a = bank.get(some[int(rng.integers(len(some)))])
        if rng.random() < (0.5 if jitter else 0.3):
            q = max(rng.uniform(0.4 if jitter else 0.5, 1), S / min(a.shape[:2]))
            a = scale(a, q, rng) if q < 1 else a
        a = cut(a, S, rng)
        photo = torch.from_numpy(a.copy()).float() / 255
        move(which, 0.0)
        z = nets[which].encode(photo.permute(2, 0, 1)[None])
        z = z[0] if isinstance(z, tuple) else z
        if rng.random() < 0.4:
            z = z + torch.randn_like(z) * z.std() * float(
                rng.uniform(0.01, 0.15 if jitter else 0.1)
            )
        move(which, share)
        y = DecodeOnly(nets[which])(z)[0].permute(1, 2, 0)
        if share:
            y = with_colours_of(photo, y)
        p = np.concatenate([a, (y.clamp(0, 1) * 255 + 0.5).byte().numpy()], 0)
        f.write(p.tobytes())
        meta.append(
            [offset, p.shape[0], p.shape[1], 0, "r", Path(kinds[which]).stem, round(share, 3)]
        )
        offset += p.nbytes
        if k % 50 == 0:
            print(k, round(time.time() - since), flush=True)
json.dump(meta, open(BANK / f"meta{name}.json", "w"))
print("done")
