"""Pictures of "real or AI" quizzes, with their real twins, and of galleries, out of clones of their repositories, into ROOT/quiz/CLASS/SOURCE. What looks like a held-out picture is left out.
quizzes.py CLONES, where CLONES/OWNER+NAME is a clone; quizzes.py CLONES fresh brings the quizzes that are kept aside"""

import csv, io, random, re, subprocess, sys
from pathlib import Path
from places import ROOT
import numpy as np
from PIL import Image

CLONES = Path(sys.argv[1])
PHOTO, OTHER, GENERATED = 0, 1, 2


def sides(real, generated):
    """A rule for paths: generated, photo, or neither."""
    return lambda path: (
        GENERATED if re.search(generated, path) else PHOTO if re.search(real, path) else None
    )


def without_thumbnails(path):
    return None if "lqip" in path else sides("images/.*/real/", "images/.*/ai/")(path)


def with_paintings(path):
    side = sides("/real/", "/ai/")(path)
    return OTHER if side == PHOTO and "painting" in path else side


def outputs(pattern):
    return lambda path: GENERATED if re.search(pattern, path) else None


# Repository: how its paths are read, and the most pictures of a class.
QUIZZES = {
    "cdiaconu04/Guess-real-or-ai": (sides("gamePics/real/", "gamePics/fake/"), 350),
    "Laboratoriet/real-or-ai-game": (without_thumbnails, 400),
    "kurlyto/ai-or-not": (with_paintings, 400),
    "kaivalyagandhi/ai-or-not-game": (sides(r"-human\.", r"-ai\."), 400),
    "TeenBiscuits/RealOrAI": (sides("images/real/", "images/ai/"), 400),
    "songguoxs/gpt4o-image-prompts": (outputs(r"^images/\d+(-\d+)?\."), 900),
    "PicoTrex/Awesome-Nano-Banana-images": (outputs(r"/(output\d*|case)\."), 400),
    "jamez-bondos/awesome-gpt4o-images": (outputs(r"^(cases/\d+|gpt-image-1/examples)/"), 400),
}
FRESH = {
    "danhammo6/realOrAi": (sides("images/real/", "images/ai/"), 400),
    "AlexanderFjellheim/maskinEllerMenneske_QuizApp": (sides("images/real/", "images/fake/"), 400),
    "Justin-HAL/Real-or-AI-game": (sides("RealPhotos/", "AIPhotos/"), 400),
}
BITS = np.array([bin(value).count("1") for value in range(256)], np.uint8)


def difference_hash(picture):
    """64 bits: is each cell of 8 x 8 brighter than the one to its left?"""
    cells = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.BOX), np.int16)
    return np.packbits(cells[:, 1:] > cells[:, :-1])


def apart(one, many):
    return BITS[many ^ one].sum(1).min() if len(many) else 64


held = []
for row in csv.DictReader(open(ROOT / "held" / "list.csv")):
    try:
        held.append(difference_hash(Image.open(row["file"])))
    except OSError:
        pass
held, seen = np.stack(held), np.zeros((0, 8), np.uint8)
rng = random.Random(4)
fresh = "fresh" in sys.argv
for repository, (rule, most) in (FRESH if fresh else QUIZZES).items():
    git = ["git", "-C", str(CLONES / repository.replace("/", "+"))]
    listed = subprocess.run(
        [*git, "ls-tree", "-r", "-z", "--name-only", "HEAD"], capture_output=True, text=True
    )
    pictures = [
        n
        for n in listed.stdout.split("\0")
        if n.lower().endswith((".png", ".jpg", ".jpeg", ".webp"))
    ]
    rng.shuffle(pictures)
    count = [0, 0, 0]
    for name in pictures:
        side = rule(name)
        if side is None or count[side] >= most:
            continue
        content = subprocess.run(
            [*git, "cat-file", "blob", "HEAD:" + name], capture_output=True
        ).stdout
        try:
            picture = Image.open(io.BytesIO(content))
            picture.load()
        except Exception:
            continue
        mark = difference_hash(picture)
        if min(picture.size) < 200 or apart(mark, held) <= 5 or apart(mark, seen) <= 3:
            continue
        seen = np.concatenate([seen, mark[None]])
        folder = ROOT / ("fresh" if fresh else "quiz") / str(side) / repository.replace("/", "+")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{count[side]:04d}.{name.rsplit('.', 1)[1].lower()}").write_bytes(content)
        count[side] += 1
    print(repository, count, flush=True)
