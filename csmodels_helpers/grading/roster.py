"""The people of a class, and which of them a path names: by id, mail or full name, never by likeness."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from csmodels_helpers.errors import CourseError
from csmodels_helpers.language import text
from csmodels_helpers.receipt import fit_id
from csmodels_helpers.survey_export_files import read_cells, words

__all__ = ["Evidence", "Person", "Roster", "enrol", "fold", "read_roster", "tokens"]

# The headers of a roster, as the systems that we know of write them.
_HEADERS = {
    "id": (
        *("id", "student id", "studentid", "student", "id number", "sis user id", "sis login id"),
        *("student number", "matriculation number", "username", "user name", "login", "login id"),
        *("学号", "编号", "工号", "学生编号", "学员编号", "账号"),
    ),
    "name": ("name", "full name", "fullname", "student name", "姓名", "名字", "学生姓名", "学员姓名"),
    "first_name": ("first name", "firstname", "given name", "名"),
    "last_name": ("last name", "lastname", "surname", "family name", "姓"),
    "mail": (
        *("email", "e mail", "mail", "email address", "e mail address"),
        *("邮箱", "电子邮箱", "电子邮件", "邮件", "邮箱地址"),
    ),
    "role": ("role", "roles", "course role", "角色", "身份", "课程角色"),
}
# What stands in the column of roles; without one, everybody is a trainee.
_ROLES = {
    "trainee": ("", "trainee", "student", "learner", "participant", "学员", "学生"),
    "instructor": ("instructor", "teacher", "trainer", "lecturer", "讲师", "教师", "老师", "教员"),
}
_MOST_TOLD = 10

# Words that stand beside a name without being part of one. Any other word beside it might be: "Anna Berg"
# is not found in "Anna Berg Larsson". No word that is a name somewhere (An, My, Long, Kano) belongs here.
_QUIET = frozenset(
    (
        *("and", "assignment", "attachment", "by", "completed", "copied", "copy", "corrected", "draft"),
        *("edited", "email", "exercise", "exercises", "file", "final", "finished", "fixed", "for", "from"),
        *("handin", "homework", "hw", "ipynb", "json", "late", "latest", "module", "notebook", "of"),
        *("resubmission", "resubmit", "resubmitted", "solution", "solutions", "submission", "submit"),
        *("submitted", "task", "txt", "updated", "version", "zip"),
    )
)
_WORDS = "|".join(
    (
        *("作业", "练习", "习题", "提交", "补交", "迟交", "重交", "副本", "最终版", "最终", "终稿", "初稿"),
        *("修改版", "修改", "更新", "新版", "完成", "答案", "学号", "姓名", "第", "次", "的", "份"),
    )
)
_QUIET_CHINESE = re.compile(f"^({_WORDS})|({_WORDS})$")
_BORDER = "\0"  # stands where the name of an assignment stood
_LONG_WORD = 6  # a word of an assignment's name that is as long is nobody's
_APOSTROPHES = re.compile(r"['’‘`´ʼ]")
_RUN = re.compile(r"[^\W_]+")
_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f·]+")
# What browsers, file managers and Jupyter add to the name of a copy.
_COPY = re.compile(r"(?:\s*[(（]\d{1,3}[)）]|\s*-\s*(?:copy|副本)\s*\d{0,3}|_\d{1,2})$", re.IGNORECASE)
_SURE_ID = 5  # an id as long as this, with a digit, is told from the numbers of a file name


@dataclass(frozen=True)
class Person:
    """Somebody on the roster.

    Parameters
    ----------
    id : str
        The id.
    name : str
        The full name, "" if the roster has none.
    first_name, last_name : str
        Its parts where the roster has them apart, else "".
    mail : str
        The mail address, "" if the roster has none.
    row : int
        The row of the roster.
    role : str
        "trainee" or "instructor"; any other word as it stands in the roster.

    Examples
    --------
    >>> Person("s17", "李雷").shown
    's17 (李雷)'
    """

    id: str
    name: str
    first_name: str = ""
    last_name: str = ""
    mail: str = ""
    row: int = 0
    role: str = "trainee"

    @property
    def shown(self) -> str:
        """How messages name the person."""
        return f"{self.id} ({self.name})" if self.name else self.id

    def names(self) -> set[tuple[str, ...]]:
        """Return the name in all orders of given and family name, as :func:`tokens`."""
        last, comma, first = self.name.partition(",")
        parts = [tokens(part) for part in ((last, first) if comma else (self.name,))]
        whole = tuple(token for part in parts for token in part)
        found = {whole, whole[1:] + whole[:1], whole[-1:] + whole[:-1]}
        if comma:
            found.add((*parts[1], *parts[0]))
        first_name, last_name = tokens(self.first_name), tokens(self.last_name)
        if first_name or last_name:
            found |= {(*first_name, *last_name), (*last_name, *first_name)}
        for word in whole if len(whole) == 1 and _is_chinese(whole[0]) else ():
            # Family names have one sign or two; platforms put a space behind, or the given name first.
            found |= {form for k in (1, 2) for form in ((word[:k], word[k:]), (word[k:], word[:k]))}
        # Chinese names are written without a space, and Canvas writes all names so.
        found |= {("".join(one),) for one in found}
        return {tuple(part for part in one if part) for one in found if any(one)}


@dataclass(frozen=True)
class Evidence:
    """Whom a path names.

    Parameters
    ----------
    ids, mails, names : frozenset of str
        Ids of the people whose id, mail address or full name stands in it.
    """

    ids: frozenset[str] = frozenset()
    mails: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


# ------------------------------------------------------------------------------------------------ words


def fold(value: str) -> str:
    """Write a name so that the same ones are equal: NFKC, without case, apostrophes and doubled spaces.

    Parameters
    ----------
    value : str
        A name, an id, a part of a path.

    Returns
    -------
    str
        To compare, not to show.

    Examples
    --------
    >>> fold(" ＺＨＡＮＧ　San "), fold("O’Neil") == fold("O'NEIL")
    ('zhang san', True)
    """
    plain = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", value)).casefold()
    return " ".join(unicodedata.normalize("NFKC", plain).split())


def tokens(value: str) -> tuple[str, ...]:
    """Take a text apart into words; Chinese and other letters are kept apart.

    Parameters
    ----------
    value : str
        Any text.

    Returns
    -------
    tuple of str
        Folded words.

    Examples
    --------
    >>> tokens("Zhang-San_m04张三.ipynb")
    ('zhang', 'san', 'm04', '张三', 'ipynb')
    """
    found: list[str] = []
    for run in _RUN.finditer(fold(value).replace("·", " ")):
        place, run_words = 0, run.group()
        for chinese in _CHINESE.finditer(run_words):
            found += [run_words[place : chinese.start()], chinese.group()]
            place = chinese.end()
        found.append(run_words[place:])
    return tuple(word for word in found if word)


def _parts_of(assignment: str) -> Iterator[tuple[str, ...]]:
    """Return how an assignment is called in paths: whole, by its number, by long words of its own."""
    whole = tokens(assignment)
    yield from (whole, whole[:1])
    if len("".join(whole[1:])) >= _LONG_WORD:
        yield whole[1:]


def _is_chinese(word: str) -> bool:
    return _CHINESE.fullmatch(word) is not None


def _bare_chinese(word: str, names: Iterable[str]) -> str:
    """Take "作业" and the like off a Chinese word until it is a name; never off a name."""
    while word not in names:
        shorter = _QUIET_CHINESE.sub("", word, count=1)
        if shorter == word:
            break
        word = shorter
    return word


# ------------------------------------------------------------------------------------------- the roster


class Roster:
    """The people of a class.

    Parameters
    ----------
    people : iterable of Person
        With different ids.
    assignments : iterable of str, optional
        Names of assignments, which stand in paths beside those of people.

    Examples
    --------
    >>> roster = Roster([Person("20240017", "Zhang San"), Person("20240018", "Anna Berg")])
    >>> sorted(roster.in_path(["San Zhang m04 (2).ipynb"]).names)
    ['20240017']
    >>> roster.in_path(["Anna Berg Larsson.ipynb"]).names
    frozenset()
    """

    def __init__(self, people: Iterable[Person], assignments: Iterable[str] = ()) -> None:
        self.people = {person.id: person for person in people}
        self._assignments = sorted({part for name in assignments for part in _parts_of(name)}, key=len)[::-1]
        self._known: dict[str, dict[tuple[str, ...], set[str]]] = {"id": {}, "mail": {}, "name": {}}
        for person in self.people.values():
            forms = {"id": {tokens(person.id)}, "mail": {tokens(person.mail)}, "name": person.names()}
            for kind, found in forms.items():
                for form in found - {()}:
                    self._known[kind].setdefault(form, set()).add(person.id)

    @cached_property
    def _longest(self) -> int:
        return max((len(form) for forms in self._known.values() for form in forms), default=0)

    @cached_property
    def _chinese(self) -> frozenset[str]:
        return frozenset(form[0] for form in self._known["name"] if len(form) == 1)

    def by_id(self, value: str) -> str | None:
        """Return the id that a text is, as the roster writes it; None if it is none."""
        wanted = fold(value)
        return next((own for own in self._known["id"].get(tokens(value), ()) if fold(own) == wanted), None)

    def by_mail(self, value: str) -> frozenset[str]:
        """Return the ids of those whose mail address a text is."""
        found = self._known["mail"].get(tokens(value), set()) if "@" in value else ()
        return frozenset(own for own in found if fold(self.people[own].mail) == fold(value))

    def by_name(self, value: str) -> frozenset[str]:
        """Return the ids of those whose full name a text is."""
        return frozenset(self._known["name"].get(tokens(value), ()))

    def in_path(self, segments: Sequence[str]) -> Evidence:
        """Say whom a path names.

        Parameters
        ----------
        segments : list of str
            The names of folders, archives and the file, without what an LMS adds to them.

        Returns
        -------
        Evidence
            By id, mail and name; more than one person where more are named.
        """
        found: dict[str, set[str]] = {"id": set(), "mail": set(), "name": set()}
        for segment in segments:
            for kind, own in self._in_segment(segment):
                found[kind].add(own)
        return Evidence(*(frozenset(found[kind]) for kind in ("id", "mail", "name")))

    def _in_segment(self, segment: str) -> Iterator[tuple[str, str]]:
        parts = [_bare_chinese(word, self._chinese) for word in tokens(_without_copy(segment))]
        parts = self._bordered([part for part in parts if part])
        loud = [part for part in parts if part not in _QUIET and part != _BORDER]
        for start in range(len(parts)):
            for end in range(start + 1, min(len(parts), start + self._longest) + 1):
                form = tuple(parts[start:end])
                beside = [parts[place] for place in (start - 1, end) if 0 <= place < len(parts)]
                for kind, forms in self._known.items():
                    if form in forms and self._stands(kind, form, beside, loud, segment):
                        yield from ((kind, own) for own in forms[form])

    def _bordered(self, parts: list[str]) -> list[str]:
        """Put a border in place of the names of assignments."""
        for name in self._assignments:
            place = 0
            while place + len(name) <= len(parts):
                if tuple(parts[place : place + len(name)]) == name:
                    parts[place : place + len(name)] = [_BORDER]
                place += 1
        return parts

    def _stands(
        self, kind: str, form: tuple[str, ...], beside: list[str], loud: list[str], segment: str
    ) -> bool:
        """Whether a find is the whole of an id, address or name, not a part of something else."""
        if kind == "mail":
            return "@" in segment and self._is_quiet(form, beside)
        if kind == "id":
            whole = "".join(form)
            digits = any(sign.isdigit() for sign in whole)
            if digits and len(whole) >= _SURE_ID:
                return True
            if digits:  # "7" is an id where nothing else stands there, and else the number of something
                return [*form] == loud
        return self._is_quiet(form, beside)

    def _is_quiet(self, form: tuple[str, ...], beside: list[str]) -> bool:
        chinese = _is_chinese(form[0])
        return all(
            word in _QUIET
            or word == _BORDER
            or any(sign.isdigit() for sign in word)
            or _is_chinese(word) != chinese
            for word in beside
        )

    def near(self, segments: Sequence[str]) -> list[Person]:
        """Name people whom a path might mean: for a person to decide, never to match.

        Parameters
        ----------
        segments : list of str
            As for :meth:`in_path`.

        Returns
        -------
        list of Person
            Three at most.
        """
        said = [word for segment in segments for word in tokens(segment) if word not in _QUIET]
        scores: dict[str, float] = {}
        for kind in ("name", "id"):
            for form, owners in self._known[kind].items():
                hits = sum(any(_alike(part, word) for word in said) for part in form)
                score = hits / len(form)
                for own in owners:
                    scores[own] = max(scores.get(own, 0.0), score)
        best = sorted((own for own, score in scores.items() if score >= 0.5), key=lambda own: -scores[own])
        return [self.people[own] for own in best[:3]]


def _alike(part: str, word: str) -> bool:
    if _is_chinese(part):
        return len(part) > 1 and (part in word or difflib.SequenceMatcher(None, part, word).ratio() > 0.6)
    return part == word or (len(part) > 3 and difflib.SequenceMatcher(None, part, word).ratio() > 0.8)


def _without_copy(segment: str) -> str:
    stem = re.sub(r"\.(ipynb|zip|json|txt|csv)\b.*$", "", segment, flags=re.IGNORECASE)
    while (shorter := _COPY.sub("", stem)) != stem:
        stem = shorter
    return stem


# ------------------------------------------------------------------------------------------ reading one


def read_roster(path: str | Path, *, assignments: Iterable[str] = ()) -> Roster:
    r"""Read a roster: CSV (UTF-8, GBK or UTF-16; comma, semicolon or tab) or Excel.

    Parameters
    ----------
    path : str or Path
        The file. A column for the id, and one for the name or one each for first and last name; a column
        for the mail address and one for the role if there are any. Other columns are left alone.
    assignments : iterable of str, optional
        As for :class:`Roster`.

    Returns
    -------
    Roster
        The people.

    Raises
    ------
    CourseError
        If it cannot be read, a column is missing, or rows are wrong: each is named.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "roster.csv"
    ...     _ = file.write_text("学号;姓名;邮箱\n20240017;张三;zs@example.org\n", encoding="gbk")
    ...     read_roster(file).people["20240017"].mail
    'zs@example.org'
    """
    file = Path(path)
    try:
        cells = read_cells(file, None, None, None, 0)
    except (CourseError, OSError, ValueError) as error:
        raise CourseError(text("collect.roster.unreadable", path=file, reason=error)) from error
    except Exception as error:  # openpyxl and zipfile have many
        raise CourseError(
            text("collect.roster.unreadable", path=file, reason=type(error).__name__)
        ) from error
    header = [words(value) for value in cells.rows[0]]
    columns = _columns(file, cells.numbers[0], header)
    people: list[Person] = []
    wrong: list[str] = []
    seen: dict[str, int] = {}
    for number, row in zip(cells.numbers[1:], cells.rows[1:], strict=True):
        if len(row) > len(header) and any(words(value) for value in row[len(header) :]):
            wrong.append(text("collect.roster.width", row=number, n=len(row), wanted=len(header)))
            continue
        said = {name: _plain(row[place]) if place < len(row) else "" for name, place in columns.items()}
        person, problem = _person(said, number)
        earlier = seen.setdefault(fold(person.id), number) if person.id else number
        if problem:
            wrong.append(problem)
        elif earlier != number:
            wrong.append(text("collect.roster.twice", row=number, id=person.id, first=earlier))
        else:
            people.append(person)
    if wrong:
        more = [text("collect.roster.more", n=len(wrong) - _MOST_TOLD)] if len(wrong) > _MOST_TOLD else []
        lines = "\n".join(f"  {line}" for line in (*wrong[:_MOST_TOLD], *more))
        raise CourseError(text("collect.roster.rows", path=file, problems=lines))
    if not people:
        raise CourseError(text("collect.roster.nobody", path=file))
    return Roster(people, assignments)


def _columns(file: Path, row: int, header: list[str]) -> dict[str, int]:
    said = [re.sub(r"[\s_-]+", " ", fold(name)).strip() for name in header]
    found: dict[str, int] = {}
    for column, known in _HEADERS.items():
        # In the order of what is known: "id" goes before "username" where both are there.
        places = [place for name in known for place, one in enumerate(said) if one == name]
        first = said[places[0]] if places else ""
        if said.count(first) > 1 and places:
            raise CourseError(text("collect.roster.columns", path=file, row=row, column=header[places[0]]))
        if places:
            found[column] = places[0]
    named = "name" in found or {"first_name", "last_name"} <= set(found)
    if "id" not in found or not named:
        missing = "id" if "id" not in found else "name"
        there = ", ".join(f'"{name}"' for name in header if name) or "—"
        key = f"collect.roster.missing.{missing}"
        raise CourseError(text(key, path=file, row=row, there=there))
    return found


def _plain(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a spreadsheet's number
    return words(value)


def _person(said: dict[str, str], row: int) -> tuple[Person, str]:
    own = unicodedata.normalize("NFKC", said["id"]).strip().removeprefix("'")
    first, last = said.get("first_name", ""), said.get("last_name", "")
    glue = "" if _is_chinese(first) and _is_chinese(last) else " "
    joined = f"{last}{first}" if not glue else f"{first} {last}".strip()
    role = said.get("role", "")
    role = next((name for name, known in _ROLES.items() if fold(role) in known), role)
    person = Person(own, said.get("name") or joined, first, last, said.get("mail", ""), row, role)
    if not own:
        return person, text("collect.roster.no_id", row=row)
    if re.fullmatch(r"\d(?:[.,]\d+)?E\+\d+", own, re.IGNORECASE):
        return person, text("collect.roster.excel", row=row, id=own)
    if not fit_id(own):
        return person, text("collect.roster.id", row=row, id=own)
    return person, ""


# ---------------------------------------------------------------------------------------- the gradebook


def enrol(roster: Roster, db_url: str, course_id: str) -> int:
    """Add the trainees of a roster to a gradebook, with names and mail addresses, through nbgrader's API.

    Nobody is taken out, and a value that the roster does not have stays as it is.

    Parameters
    ----------
    roster : Roster
        The people.
    db_url, course_id : str
        The gradebook.

    Returns
    -------
    int
        How many were new or had another name or mail address.

    Examples
    --------
    >>> import tempfile
    >>> from csmodels_helpers.grading import course
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = course.gradebook_path(folder)
    ...     _ = course.make_gradebook(path)
    ...     roster = Roster([Person("s17", "Li, Lei")])
    ...     enrol(roster, f"sqlite:///{path}", "csmodels"), enrol(roster, f"sqlite:///{path}", "csmodels")
    (1, 0)
    """
    from nbgrader.api import Gradebook

    changed = 0
    opened: Any = Gradebook(db_url, course_id)  # what it says of its own types is not so
    with opened as book:
        known = {student.id: student for student in book.students}
        for person in roster.people.values():
            if person.role == "instructor":
                continue
            wanted = _parts(person) | ({"email": person.mail} if person.mail else {})
            old = known.get(person.id)
            if old is None:
                book.add_student(person.id, **wanted)
            elif any(getattr(old, name) != value for name, value in wanted.items()):
                book.update_or_create_student(person.id, **wanted)
            else:
                continue
            changed += 1
    return changed


def _parts(person: Person) -> dict[str, str]:
    if person.first_name or person.last_name:
        return {"first_name": person.first_name, "last_name": person.last_name}
    if not person.name:
        return {}
    last, comma, first = (part.strip() for part in person.name.partition(","))
    # Which word of a name is the family's is not for us to guess: the whole stands where lists are sorted.
    return {"first_name": first if comma else "", "last_name": last if comma else person.name}
