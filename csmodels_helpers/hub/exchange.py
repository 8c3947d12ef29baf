"""nbgrader's exchange where each person has an account: whose a hand-in is, and which one feedback is for."""

from __future__ import annotations

import pwd
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseFeedback
from nbgrader.utils import parse_utc
from traitlets import Dict, HasTraits, Unicode

__all__ = ["Collect", "ReleaseFeedback"]

_SECRET, _TIMESTAMP = "submission_secret.txt", "timestamp.txt"


class _Owned(HasTraits):
    """What both must know: whose account is whose."""

    accounts = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="Id of a trainee → system account; {} looks at nothing.",
    ).tag(config=True)

    def owned(self, path: str | Path, student: str) -> bool:
        """Say whether somebody's account owns a hand-in."""
        return not self.accounts or _owner(path) == self.accounts.get(student)


class Collect(_Owned, ExchangeCollect):
    """nbgrader's own, but for hand-ins under somebody else's name, which it only warns of.

    Examples
    --------
    >>> Collect.class_trait_names(config=True)[0]
    'accounts'
    """

    def _path_to_record(self, path: str) -> dict[str, Any]:
        record: Any = super()._path_to_record(path)
        if not self.owned(path, record["username"]):
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


def _owner(path: str | Path) -> str:
    found = Path(path).lstat()
    try:
        return pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        return str(found.st_uid)


class ReleaseFeedback(_Owned, ExchangeReleaseFeedback):
    """nbgrader's own, but for whose sake it stops, and for which hand-in feedback is.

    A page is found by the secret of a hand-in. nbgrader looks for it beside the graded notebook, where only
    its own ``autograde`` puts it, and stops for all at the first that has none. Here the gradebook says when
    what was graded had been handed in, and the secret is that of this hand-in.

    Examples
    --------
    >>> ReleaseFeedback.__name__
    'ReleaseFeedback'
    """

    def copy_files(self) -> None:
        """Release what can be released, and say what cannot."""
        course: Any = self.coursedir
        assignment = str(course.assignment_id)
        opened: Any = Gradebook(course.db_url, course.course_id)
        with opened as book:
            graded = {one.student_id: one.timestamp for one in book.assignment_submissions(assignment)}
        before = course.student_id_exclude
        left_out = [before] if before else []
        for page in Path(course.root).glob(f"{_below(self)}/*/{assignment}/{assignment}.html"):
            student = page.parents[1].name
            secret = self._secret(student, assignment, graded.get(student))
            if not secret:
                self.log.warning(
                    "%s handed this in another way than by the exchange: no feedback there", student
                )
                left_out.append(student)
                continue
            (page.parent / _SECRET).write_text(secret, encoding="utf-8")
            (page.parent / _TIMESTAMP).write_text(f"{graded[student]} UTC", encoding="utf-8")
        course.student_id_exclude = ",".join(left_out)
        try:
            super().copy_files()
        finally:
            course.student_id_exclude = before

    def _secret(self, student: str, assignment: str, when: Any) -> str:
        """Return the secret of what somebody handed in at a time, "" if it is not there."""
        if when is None:
            return ""
        course: Any = self.coursedir
        inbound = Path(self.root) / str(course.course_id) / "inbound"
        collected = Path(course.format_path(course.submitted_directory, student, assignment))
        theirs = [path for path in inbound.glob(f"{student}+{assignment}+*") if self.owned(path, student)]
        for folder in (collected, *theirs):
            try:
                if parse_utc((folder / _TIMESTAMP).read_text(encoding="utf-8").strip()) == when:
                    return (folder / _SECRET).read_text(encoding="utf-8")
            except (OSError, ValueError, OverflowError):
                continue
        return ""


def _below(exchange: Any) -> str:
    """Return the folder of the feedback below that of the course."""
    return str(exchange.coursedir.feedback_directory)
