"""nbgrader's exchange where each person has an account: whose a hand-in is, its owner says."""

from __future__ import annotations

import pwd
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseFeedback
from traitlets import Dict, Unicode

from csmodels_helpers.grading.exchange import is_whole, without_secret
from csmodels_helpers.language import text

__all__ = ["Collect", "ReleaseFeedback"]


class Collect(ExchangeCollect):
    """nbgrader's own, but for hand-ins under somebody else's name, which it only warns of.

    Examples
    --------
    >>> Collect.class_trait_names(config=True)[0]
    'accounts'
    """

    accounts = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="Id of a trainee → system account; {} looks at nothing.",
    ).tag(config=True)

    def _path_to_record(self, path: str) -> dict[str, Any]:
        record: Any = super()._path_to_record(path)
        student, owner = record["username"], _owner(path)
        if self.accounts and owner != self.accounts.get(student):
            self.log.error(text("exchange.foreign", path=path, student=student, owner=owner))
            # Apart from the honest ones, of which the newest counts.
            return record | {"username": ""}
        if not is_whole(Path(path)):
            self.log.warning(text("exchange.half", path=path, student=student))
            return record | {"username": ""}
        return record

    def init_src(self) -> None:
        """Find what is to be collected."""
        super().init_src()
        self.src_records = [record for record in self.src_records if record["username"]]


def _owner(path: str | Path) -> str:
    found = Path(path).lstat()
    try:
        return pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        return str(found.st_uid)


class ReleaseFeedback(ExchangeReleaseFeedback):
    """nbgrader's own, but for whose sake it stops: a hand-in that did not come by the exchange is left out.

    Examples
    --------
    >>> ReleaseFeedback.__name__
    'ReleaseFeedback'
    """

    def copy_files(self) -> None:
        """Release what can be released, and say what cannot."""
        course: Any = self.coursedir
        assignment = str(course.assignment_id)
        before = course.student_id_exclude
        pages = Path(course.format_path(course.feedback_directory, "*", assignment))
        left_out = without_secret(pages.parents[1].glob(f"*/{assignment}"))
        for student in left_out:
            self.log.warning(text("exchange.no_secret", student=student))
        course.student_id_exclude = ",".join([*([before] if before else []), *left_out])
        try:
            super().copy_files()
        finally:
            course.student_id_exclude = before
