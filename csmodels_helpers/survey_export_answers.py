"""From cells to answers: which column is which question, and what a label means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.language import text
from csmodels_helpers.survey_export_files import Column

__all__: list[str] = []

PRESETS = ("nps", "csat", "ces", "kano", "servqual")
"""The mappings that :func:`csmodels_helpers.survey.read_export` knows by name."""

RESPONDENT = re.compile(r"(respondent|response|answer)[ _]?id|respondent|序号|答卷编号|受访者(编号)?", re.I)
QUESTIONS = {
    "nps": re.compile(r"recommend|\bnps\b|推荐", re.I),
    "csat": re.compile(r"satisf|\bcsat\b|满意", re.I),
    "ces": re.compile(r"effort|how easy|\bces\b|费力|容易|轻松", re.I),
}
SCALES: dict[str, tuple[int, int]] = {"nps": (0, 10), "csat": (1, 5)}
SERVQUAL_SCALE = (1, 7)

_CSAT_LABELS = (
    ("very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"),
    ("very unsatisfied", "unsatisfied", "neither satisfied nor dissatisfied", "satisfied", "very satisfied"),
    ("very dissatisfied", "somewhat dissatisfied", "neutral", "somewhat satisfied", "very satisfied"),
    ("非常不满意", "不满意", "一般", "满意", "非常满意"),
    ("很不满意", "不满意", "一般", "满意", "很满意"),
)
LABELS = {"csat": {label: i + 1 for labels in _CSAT_LABELS for i, label in enumerate(labels)}}

# The five answers in the wordings that questionnaires use, one list a wording, in the order of kano.ANSWERS.
KANO_WORDS = (
    ("我很喜欢", "理应如此", "无所谓", "勉强接受", "我很不喜欢"),
    ("like", "must-be", "neutral", "live-with", "dislike"),
    ("I like it", "It must be so", "I do not care", "I can live with it", "I dislike it"),
    ("I like it", "I expect it", "I am neutral", "I can tolerate it", "I dislike it"),
)
_FUNCTIONAL = "functional|功能|正向|具备|提供|有|present"
_DYSFUNCTIONAL = "dysfunctional|反功能|反向|负向|不具备|不提供|没有|无|absent"
_PAIR = re.compile(
    rf"(?P<item>.+?)[\s_·\-—–:：.（(\[【]*(?P<kind>{_DYSFUNCTIONAL}|{_FUNCTIONAL})[\s)）\]】?？]*", re.I
)
_ITEM = re.compile(r"(?<![A-Za-z])(T[1-4]|Rel[5-9]|Resp1[0-3]|A1[4-7]|E(?:18|19|20|21|22))(?!\d)")
_SERVQUAL_KINDS = {
    "desired": "desired|理想",
    "adequate": "adequate|minimum|最低|可接受",
    "expected": "expect|期望",
    "perceived": "perceiv|感知|实际",
}
_NUMBERED = re.compile(r"(?:Q?\d+)\s*[、.．:：)）]\s*(?=\S)")
_MISSING = ("", "(空)", "（空）", "(跳过)", "（跳过）")
# 问卷星 codes a question that was skipped or left empty so, if answers come as numbers.
_MISSING_NUMBERS = {"wenjuanxing": (-2, -3)}


@dataclass
class Field:
    """One column of the result: where it comes from and what its answers may be."""

    column: Column
    name: str
    item: str | None = None  # of a pair of Kano questions
    scale: tuple[int, int] | None = None
    labels: dict[str, Any] = field(default_factory=dict[str, Any])
    words: tuple[tuple[str, ...], ...] = ()  # closed answers, as Kano's
    answers: Mapping[Any, Any] = field(default_factory=dict[Any, Any])

    @property
    def answer(self) -> bool:
        """Whether the column holds answers that are judged."""
        return bool(self.scale or self.words or self.answers)


# ------------------------------------------------------------------------------------------ mapping


def plan(
    columns: Sequence[Column],
    mapping: str | Mapping[str, Any] | None,
    answers: Mapping[Any, Any] | None,
    scales: Mapping[str, tuple[int, int]],
    filled: Mapping[int, list[Any]],
) -> tuple[list[Field], list[Column]]:
    """Decide what becomes of each column; return the fields and the columns that are left out."""
    if mapping is None:
        fields = [Field(column, column.name) for column in columns]
    elif isinstance(mapping, str):
        fields = _preset(columns, mapping, filled)
    else:
        fields = [_mapped(columns, source, target) for source, target in mapping.items()]
    _check_names(fields)
    for each in fields:
        each.scale = scales.get(each.name, each.scale or (SCALES.get(each.name) if mapping else None))
        each.answers = _own_answers(answers, each)
        if mapping is not None:
            each.labels = dict(LABELS.get(each.name, {})) if each.scale == SCALES.get(each.name) else {}
    known = [each.name for each in fields]
    for name in scales:
        if name not in known:
            raise UnknownNameError(text("survey.kinds.column"), name, known)
    used = {each.column.position for each in fields}
    return fields, [column for column in columns if column.position not in used]


def _check_names(fields: Sequence[Field]) -> None:
    seen: set[tuple[str, str | None]] = set()
    for each in fields:
        if (each.name, each.item) in seen:
            raise ArgumentError("mapping", each.name, text("survey_export.allowed.once"))
        seen.add((each.name, each.item))


def _own_answers(answers: Mapping[Any, Any] | None, each: Field) -> Mapping[Any, Any]:
    """Answers that belong to a field: its own mapping, or the common one if the field is an answer."""
    if not answers:
        return {}
    if any(isinstance(value, Mapping) for value in answers.values()):
        own: Any = answers.get(each.name, answers.get(each.column.name, {}))
        return own if isinstance(own, Mapping) else {}
    return answers if each.answer else {}


def find_column(columns: Sequence[Column], name: str) -> Column:
    """Find a column by its name, or by the part of it that is its alone."""
    for column in columns:
        if column.name == name:
            return column
    found = [column for column in columns if name in column.aliases]
    if len(found) != 1:
        raise UnknownNameError(text("survey.kinds.column"), name, [column.name for column in columns])
    return found[0]


def _mapped(columns: Sequence[Column], source: str, target: Any) -> Field:
    column = find_column(columns, source)
    if isinstance(target, str) and target:
        return Field(column, target)
    pair: tuple[Any, ...] = tuple(target) if isinstance(target, tuple | list) else ()
    if len(pair) == 2 and isinstance(pair[0], str) and pair[1] in ("functional", "dysfunctional"):
        return Field(column, pair[1], item=pair[0], words=KANO_WORDS)
    raise ArgumentError("mapping", {source: target}, text("survey_export.allowed.target"))


def _preset(columns: Sequence[Column], name: str, filled: Mapping[int, list[Any]]) -> list[Field]:
    if name not in PRESETS:
        allowed = text("survey_export.allowed.mapping", presets=" | ".join(f'"{p}"' for p in PRESETS))
        raise ArgumentError("mapping", name, allowed)
    who = [column for column in columns if RESPONDENT.fullmatch(column.name)]
    fields = [Field(column, "respondent") for column in who[:1]]
    rest = [column for column in columns if column not in who[:1]]
    if name == "kano":
        return fields + _kano(rest)
    if name == "servqual":
        return fields + _servqual(rest)
    fitting = [c for c in rest if any(QUESTIONS[name].search(part) for part in (c.name, *c.aliases))]
    # "Why would you recommend us?" fits by its words, but nobody answers it with a number or a label.
    fitting = [c for c in fitting if _rated(filled[c.position], name)]
    if len(fitting) != 1:
        names = ", ".join(f'"{c.name}"' for c in fitting) or "—"
        advice = text("survey_export.advice.which", count=len(fitting), names=names, all=_all(rest))
        raise ArgumentError("mapping", name, text("survey_export.allowed.one_column"), advice)
    return [*fields, *(Field(c, name if c is fitting[0] else c.name) for c in rest)]


def _all(columns: Iterable[Column]) -> str:
    return ", ".join(f'"{column.name}"' for column in columns)


def _rated(values: Sequence[Any], name: str) -> bool:
    """Whether more than half of the answers are numbers, or labels that stand for one."""
    labels = LABELS.get(name, {})
    hits = [
        number(value, ".") is not None or str(value).strip().lower() in labels or labelled(value) is not None
        for value in values
    ]
    return bool(hits) and 2 * sum(hits) > len(hits)


def _kano(columns: Sequence[Column]) -> list[Field]:
    fields: list[Field] = []
    pairs: dict[str, list[str]] = {}
    for column in columns:
        found = _PAIR.fullmatch(column.name)
        if found is None:
            fields.append(Field(column, column.name))
            continue
        kind = "dysfunctional" if re.fullmatch(_DYSFUNCTIONAL, found["kind"], re.I) else "functional"
        # Two questions of one pair have two numbers in front.
        item = _NUMBERED.sub("", found["item"], count=1).strip()
        pairs.setdefault(item, []).append(kind)
        fields.append(Field(column, kind, item=item, words=KANO_WORDS))
    lacking = [item for item, kinds in pairs.items() if sorted(kinds) != ["dysfunctional", "functional"]]
    if lacking or not pairs:
        advice = text("survey_export.advice.pairs", names=", ".join(lacking) or _all(columns))
        raise ArgumentError("mapping", "kano", text("survey_export.allowed.pairs"), advice)
    return fields


def _servqual(columns: Sequence[Column]) -> list[Field]:
    fields: list[Field] = []
    for column in columns:
        item = _ITEM.search(column.name)
        kinds = [kind for kind, words in _SERVQUAL_KINDS.items() if re.search(words, column.name, re.I)]
        if item is None or not kinds:
            fields.append(Field(column, column.name))
        else:
            fields.append(Field(column, f"{kinds[0]}_{item[1]}", scale=SERVQUAL_SCALE))
    if not any(each.scale for each in fields):
        advice = text("survey_export.advice.items", names=_all(columns))
        raise ArgumentError("mapping", "servqual", text("survey_export.allowed.items"), advice)
    return fields


# ------------------------------------------------------------------------------------------- values


def is_missing(value: Any, source: str, more: Sequence[Any], answer: bool) -> bool:
    """Whether a cell is no answer."""
    if value is None or value != value:
        return True
    plain = value.strip() if isinstance(value, str) else value
    if plain in _MISSING or any(plain == other or str(plain) == str(other) for other in more):
        return True
    codes = _MISSING_NUMBERS.get(source, ()) if answer else ()
    return bool(codes) and number(plain, ".") in codes


_PLAIN = {
    ".": re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?|[+-]?\.\d+"),
    ",": re.compile(r"[+-]?(\d{1,3}([. ]\d{3})+|\d+)(,\d*)?|[+-]?,\d+"),
}


def number(value: Any, decimal: str) -> int | float | None:
    """Read a number, with thousands separators where they stand as they should; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value) if float(value).is_integer() else float(value)
    if not isinstance(value, str):
        return None
    # Chinese keyboards write full-width digits.
    said = unicodedata.normalize("NFKC", value).replace("\u2212", "-").strip()
    if not _PLAIN[decimal].fullmatch(said):
        return None
    said = said.replace("," if decimal == "." else ".", "").replace(" ", "")
    plain = float(said.replace(",", "."))
    return int(said) if re.fullmatch(r"[+-]?\d+", said) else plain


def labelled(value: Any) -> int | None:
    """Read the number of a label such as "10 - Extremely likely" or "很可能（10）"."""
    if not isinstance(value, str):
        return None
    said = unicodedata.normalize("NFKC", value)
    # One whole number, at the beginning or the end.
    found = re.fullmatch(r"\s*(\d+)\D*|\D*?(\d+)\s*\)?\s*", said)
    return int(found[1] or found[2]) if found else None


def is_code(values: Iterable[Any]) -> bool:
    """Whether whole numbers are codes: a leading 0 would be lost."""
    return any(isinstance(value, str) and re.fullmatch(r"\s*0\d+\s*", value) for value in values)


def resolve(value: Any, each: Field, decimal: str) -> tuple[Any, bool]:
    """Return what an answer means, and whether it is allowed."""
    plain = value.strip() if isinstance(value, str) else value
    for key in (plain, str(plain), number(plain, decimal)):
        if key is not None and key in each.answers:
            plain = each.answers[key]
            break
    if each.words:
        return _word(plain, each.words)
    if each.scale is None:
        return plain, True
    found = number(plain, decimal)
    if found is None and isinstance(plain, str):
        found = each.labels.get(plain.lower(), labelled(plain))
    low, high = each.scale
    good = found is not None and float(found).is_integer() and low <= found <= high
    return (found if found is not None else plain), good


def _word(plain: Any, words: tuple[tuple[str, ...], ...]) -> tuple[Any, bool]:
    codes = words[1]
    said = str(plain).strip().lower()
    for wording in words:
        for code, word in zip(codes, wording, strict=True):
            if said == word.lower():
                return code, True
    return plain, False


def wording(values: Iterable[Any], words: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Find the wording of a column: the one in which most of its answers are given."""
    said = [str(value).strip().lower() for value in values]
    return max(words, key=lambda each: sum(v in {word.lower() for word in each} for v in said))
