"""Which packages a part of a hub was started with: each says it in a variable, which the doctor reads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import csmodels_helpers

__all__ = ["VARIABLE", "installed", "read", "variable"]

VARIABLE = "CSMODELS_VERSIONS"
_PACKAGES = ("jupyterhub", "jupyterlab", "nbgrader")


def installed() -> dict[str, str]:
    """Return the versions that something started now would have.

    Returns
    -------
    dict of str
        Package → version; behind that of the course a mark of its code, which changes more often.

    Examples
    --------
    >>> list(installed())
    ['jupyterhub', 'jupyterlab', 'nbgrader', 'csmodels']
    """
    folder = Path(csmodels_helpers.__file__).parent
    mark = hashlib.sha256()
    for path in sorted(path for ending in ("py", "toml") for path in folder.rglob(f"*.{ending}")):
        mark.update(path.read_bytes())
    own = f"{csmodels_helpers.__version__}+{mark.hexdigest()[:8]}"
    return {name: version(name) for name in _PACKAGES} | {"csmodels": own}


def variable() -> dict[str, str]:
    """Return the variable that says :func:`installed` to whoever looks at a process.

    Returns
    -------
    dict of str
        Its name → what stands in it.

    Examples
    --------
    >>> read(variable()) == installed()
    True
    """
    return {VARIABLE: " ".join(f"{name}={version}" for name, version in installed().items())}


def read(environment: Mapping[str, str]) -> dict[str, str]:
    """Read what :func:`variable` has written.

    Parameters
    ----------
    environment : mapping of str
        The variables of a process.

    Returns
    -------
    dict of str
        Package → version; {} if it says nothing.

    Examples
    --------
    >>> read({"CSMODELS_VERSIONS": "nbgrader=0.9.6"}), read({})
    ({'nbgrader': '0.9.6'}, {})
    """
    pairs = (word.partition("=") for word in environment.get(VARIABLE, "").split())
    return {name: found for name, _, found in pairs}
