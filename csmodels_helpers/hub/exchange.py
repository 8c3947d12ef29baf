"""Collecting from nbgrader's exchange: a hand-in is that of the account which owns it, whatever it is called."""

from __future__ import annotations

import pwd
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect
from traitlets import Dict, Unicode

__all__ = ["Collect"]


class Collect(ExchangeCollect):
    """nbgrader's own, but for hand-ins under somebody else's name, which it only warns of.

    Examples
    --------
    >>> Collect.class_trait_names(config=True)[0]
    'accounts'
    """

    accounts = Dict(
        key_trait=Unicode(), value_trait=Unicode(), help="Id of a trainee → system account; {} looks at nothing."
    ).tag(config=True)

    def _path_to_record(self, path: str) -> dict[str, Any]:
        record: Any = super()._path_to_record(path)
        if self.accounts and _owner(path) != self.accounts.get(record["username"]):
            self.log.error(
                "%s says that %s handed it in, and its owner is %s: not collected",
                *(path, record["username"], _owner(path)),
            )
            # Apart from the honest ones, of which the newest counts.
            return record | {"username": ""}
        return record

    def init_src(self) -> None:
        """Find what is to be collected."""
        super().init_src()
        self.src_records = [record for record in self.src_records if record["username"]]


def _owner(path: str) -> str:
    found = Path(path).lstat()
    try:
        return pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        return str(found.st_uid)
