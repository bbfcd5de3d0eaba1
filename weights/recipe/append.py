"""Append pictures to the windows and the views: ROOT/FOLDER/CLASS/SOURCE/*, CLASS 0 a photo, 1 another clean picture, 2 generated. Once for each folder, after bank.py and views.py.
append.py FOLDER SEED"""

import json, sys
from places import BANK, ROOT
from bank import job
from views import job2

folder, seed = sys.argv[1], int(sys.argv[2])
meta = json.load(open(BANK / "meta.json"))
views = json.load(open(BANK / "views.json"))
assert not any(m[4].startswith(folder + "/") for m in meta), "they are there already"
offset = (BANK / "pixels.u8").stat().st_size
files = sorted(p for p in (ROOT / folder).rglob("*") if p.is_file())
with open(BANK / "pixels.u8", "ab") as f, open(BANK / "views.u8", "ab") as g:
    for k, path in enumerate(files):
        cls = int(path.parent.parent.name)
        row = {
            "path": path,
            "cls": cls,
            "source": f"{folder}/{path.parent.name}",
            "method": "generated" if cls == 2 else "photo",
        }
        for cls, source, method, pixels, how in job((seed + k, row)):
            f.write(pixels.tobytes())
            meta.append([offset, *pixels.shape[:2], cls, source, method, how])
            offset += pixels.nbytes
        seen = job2((seed + k, row))
        for view in seen[3] if seen else ():
            g.write(view.tobytes())
            views.append(list(seen[:3]))
json.dump(meta, open(BANK / "meta.json", "w"))
json.dump(views, open(BANK / "views.json", "w"))
print(len(files), "pictures")
