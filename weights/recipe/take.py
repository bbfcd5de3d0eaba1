"""Pictures of a list, out of clones of their repositories, into ROOT/FOLDER/CLASS/SOURCE: more quizzes with real twins, photos of portfolios, and pictures that are no photos.
take.py CLONES FOLDER [LIST], where CLONES/OWNER+NAME is a clone; the list is pictures.txt, or held_pictures.txt for those kept aside in round 13. A line of the list gives class, repository and commit; the indented ones below the files, by the beginning of their git hash."""

import subprocess, sys
from pathlib import Path
from places import ROOT

clones, folder = Path(sys.argv[1]), sys.argv[2]
names = sys.argv[3] if len(sys.argv) > 3 else "pictures.txt"
taken, missing = 0, []
for line in Path(__file__).with_name(names).read_text().splitlines():
    if not line.startswith(" "):
        side, repository, _ = line.split()
        name = repository.replace("/", "+")
        git, place = ["git", "-C", str(clones / name)], ROOT / folder / side / name
        place.mkdir(parents=True, exist_ok=True)
        continue
    for start in line.split():
        got = subprocess.run([*git, "cat-file", "blob", start], capture_output=True)
        if got.returncode:
            missing.append((repository, start))
            continue
        (place / start).write_bytes(got.stdout)
        taken += 1
print(taken, "pictures;", len(missing), "missing", missing[:5])
