"""Append real portraits to the windows and the views: ROOT/portraits/SOURCE/*. Run it once, after bank.py and views.py."""

import json
from places import BANK, ROOT
from bank import job
from views import job2

meta = json.load(open(BANK / "meta.json"))
views = json.load(open(BANK / "views.json"))
assert not any(m[4].startswith("portraits/") for m in meta), "they are there already"
offset = (BANK / "pixels.u8").stat().st_size
files = sorted(p for p in (ROOT / "portraits").rglob("*") if p.is_file())
with open(BANK / "pixels.u8", "ab") as f, open(BANK / "views.u8", "ab") as g:
    for k, path in enumerate(files):
        row = {"path": path, "cls": 0, "source": "portraits/" + path.parent.name, "method": "photo"}
        for cls, source, method, pixels, how in job((10**6 + k, row)):
            f.write(pixels.tobytes())
            meta.append([offset, *pixels.shape[:2], cls, source, method, how])
            offset += pixels.nbytes
        seen = job2((10**6 + k, row))
        for view in seen[3] if seen else ():
            g.write(view.tobytes())
            views.append(list(seen[:3]))
json.dump(meta, open(BANK / "meta.json", "w"))
json.dump(views, open(BANK / "views.json", "w"))
print(len(files), "portraits")
