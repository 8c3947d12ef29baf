"""What the tests of deploy/kubernetes share: its files, read as Helm and Kubernetes read them."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import yaml
from k8s import HERE, ROOT

sys.path.append(str(ROOT / "tests" / "grading"))  # a PostgreSQL server, a class


@pytest.fixture(scope="session")
def values() -> dict[str, Any]:
    """Return the values of the chart, with the file that `helm --set-file` puts in."""
    found: dict[str, Any] = yaml.safe_load((HERE / "values.yaml").read_text(encoding="utf-8"))
    config = (HERE / "hub_config.py").read_text(encoding="utf-8")
    found["hub"]["extraFiles"]["course"]["stringData"] = config
    return found


@pytest.fixture(scope="session")
def manifests() -> list[dict[str, Any]]:
    """Return all that `kubectl apply` gets."""
    names = ("namespaces", "storage", "database", "grading", "network")
    assert {f"{name}.yaml" for name in names} == {p.name for p in HERE.glob("*.yaml")} - {"values.yaml"}
    texts = [(HERE / f"{name}.yaml").read_text(encoding="utf-8") for name in names]
    return [one for text in texts for one in yaml.safe_load_all(text)]
