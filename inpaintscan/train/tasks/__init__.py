"""One file per `train --task`: its examples, its loss, and its weights file."""
