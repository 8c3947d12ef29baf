"""Where the files of deploy/kubernetes are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = ROOT / "deploy" / "kubernetes"
