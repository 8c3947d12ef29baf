"""The receipt of a hand-in: what was handed in, by whom, when, and the code to quote for it.

A receipt says that the files are still those that were packed, and lets both sides speak of the same
hand-in. It is no signature: who wants to can make one, and its time is that of the trainee's computer.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import Any, cast

__all__ = ["FORMAT", "NAME", "SUMMARY", "Receipt", "fit_id", "read"]

FORMAT = "csmodels-hand-in-1"
NAME = "receipt.json"
SUMMARY = "summary.txt"
MOST_BYTES = 100_000

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O, U: nobody misreads them over the telephone
_ID = re.compile(r"[^\W_][\w.@-]{0,63}")
_SHA = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Receipt:
    """What a trainee packed.

    Parameters
    ----------
    assignment : str
        Such as ``"m04_servqual"``.
    id, name : str
        Who, as the trainee says it.
    course_version : str
        The version of the course that the notebook was made with.
    release : str
        Fingerprint of the exercise that it was made from; "" if it is not known.
    time : datetime
        When it was packed, in UTC, whole seconds.
    files : dict of str
        Name → SHA-256.

    Examples
    --------
    >>> when = dt.datetime(2026, 12, 1, 18, 0, tzinfo=dt.timezone.utc)
    >>> receipt = Receipt("m04_servqual", "s17", "Li Lei", "0.1.0", "", when, {})
    >>> receipt.code
    'Y59T-CM5S'
    >>> read(receipt.to_bytes()) == (receipt, True)
    True
    """

    assignment: str
    id: str
    name: str
    course_version: str
    release: str
    time: dt.datetime
    files: dict[str, str]

    def _content(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self), "time": self.time.strftime("%Y-%m-%dT%H:%M:%SZ")}

    @property
    def seal(self) -> str:
        """SHA-256 over all of it."""
        whole = json.dumps(self._content(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(whole.encode()).hexdigest()

    @property
    def code(self) -> str:
        """The seal in eight signs, to quote."""
        number = int(self.seal[:10], 16)
        signs = "".join(_SIGNS[(number >> (5 * place)) & 31] for place in range(7, -1, -1))
        return f"{signs[:4]}-{signs[4:]}"

    def to_bytes(self) -> bytes:
        """Write it as JSON, with its seal."""
        content = {**self._content(), "receipt": self.seal}
        return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def read(content: bytes) -> tuple[Receipt, bool] | None:
    """Read a receipt.

    Parameters
    ----------
    content : bytes
        The file, which may be anything.

    Returns
    -------
    tuple or None
        The receipt, and whether it is as it was written; None for what is no receipt.

    Examples
    --------
    >>> read(b"{}") is None
    True
    """
    try:
        if len(content) > MOST_BYTES:
            return None
        found: Any = json.loads(content.decode("utf-8-sig"))
        if not isinstance(found, dict):
            return None
        said = cast("dict[str, Any]", found)
        files: Any = said["files"]
        names = ("assignment", "id", "name", "course_version", "release")
        if said["format"] != FORMAT or not isinstance(files, dict):
            return None
        pairs = cast("dict[str, Any]", files)
        if not all(isinstance(said[name], str) for name in names):
            return None
        if not all(isinstance(sha, str) and _SHA.fullmatch(sha) for sha in pairs.values()):
            return None
        time = dt.datetime.strptime(said["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
        receipt = Receipt(*(said[name] for name in names), time=time, files=dict(pairs))
        return receipt, receipt.seal == said.get("receipt")
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def fit_id(words: str) -> bool:
    """Say whether an id can be the name of a folder on every system, as nbgrader needs it.

    Parameters
    ----------
    words : str
        The id.

    Returns
    -------
    bool
        True for letters of any script, digits, and ``. _ @ -`` between them, 64 at most.

    Examples
    --------
    >>> [fit_id(words) for words in ("s-17", "li@example.org", "李雷", "../x", "a b", "x.", "")]
    [True, True, True, False, False, False, False]
    """
    return bool(_ID.fullmatch(words)) and not words.endswith(".")
