"""The page that goes back to a trainee, made by ``nbgrader generate_feedback``.

What a trainee's code wrote is shown cleaned. Of a test cell the page shows the points, the diagnosis and
where to reread, all of it looked up in ``checks/mNN.toml`` by the ids in the output: never the cell's source,
an expected value or a stack, and no text that the trainee's code could have smuggled out of a hidden test.
"""

from __future__ import annotations

import base64
import builtins
import html
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import bleach
from bleach.css_sanitizer import CSSSanitizer
from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbconvert.filters import strip_ansi
from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from traitlets import Unicode

from csmodels_helpers.check_items import Item
from csmodels_helpers.grading import course
from csmodels_helpers.grading.export_marks import Student
from csmodels_helpers.grading.intake import REASONS as REFUSALS
from csmodels_helpers.grading.judge_runner import ENDS
from csmodels_helpers.grading.release import MARKERS, regions
from csmodels_helpers.language import get_language, text

__all__ = ["FeedbackExporter", "FeedbackPage", "clean_html", "clean_markdown"]

TEMPLATES = Path(__file__).parent / "templates" / "csmodels_feedback"
REASONS = ("not-answered", "type", "shape", "value", "raised", "changed", "elsewhere")

_MOST_LINES, _MOST_SIGNS, _TRACE_LINES = 120, 20_000, 12
# What a terminal would act on, and no page can show: a title for its window, bells.
_CONTROL = re.compile(r"\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_MOST_TAGS, _MOST_DEPTH = 40_000, 500
_MARKUP = re.compile(r"<(?:/|!|[a-z]+)", re.IGNORECASE)
_EMPTY = frozenset({"<br", "<col", "<hr", "<img", "<input", "<link", "<meta"})
_TAG = re.compile(r"\[(m\d\d-[a-z0-9-]+)/([a-z0-9-]+)\] ")
_TAGS = frozenset(
    {"a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "details"}
    | {"div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img"}
    | {"ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "summary"}
    | {"sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"}
)
# Their content goes as well; bleach would leave the text of a script behind.
_GONE = (
    "script style iframe object embed template noscript svg math form input button textarea select link meta"
)
_STYLES = (
    "color background-color text-align font-weight font-style width max-width border-left padding margin"
)
_IMAGE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+")
_SVG = re.compile(r"data:image/svg\+xml;base64,[A-Za-z0-9+/=\s]+")


# ---------------------------------------------------------------------------------------- cleaning


def _allowed(tag: str, name: str, value: str) -> bool:
    if name in ("title", "colspan", "rowspan", "scope", "style", "start", "open"):
        return True
    if tag == "img" and name == "src":
        # An image elsewhere would tell its server who reads the page, and is missing offline.
        return bool(_IMAGE.fullmatch(value) or _SVG.fullmatch(value))
    if tag == "img":
        return name in ("alt", "width", "height")
    if tag == "a" and name == "href":
        return value.strip().lower().startswith(("https://", "http://", "mailto:"))
    return False


@cache
def _cleaner() -> bleach.Cleaner:
    return bleach.Cleaner(
        tags=_TAGS,
        attributes=_allowed,
        protocols=["https", "http", "mailto", "data"],
        strip=True,
        strip_comments=True,
        css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES.split(), allowed_svg_properties=[]),
    )


def _is_endless(content: str) -> bool:
    """Say whether cleaning might take minutes: its time grows with the square of the depth."""
    depth = 0
    for number, found in enumerate(_MARKUP.finditer(content)):
        if found[0].lower() not in _EMPTY:
            depth = max(0, depth + (-1 if found[0] == "</" else 1))
        if depth > _MOST_DEPTH or number > 2 * _MOST_TAGS:  # each opens and closes
            return True
    return False


def clean_html(content: str) -> str:
    """Make HTML of a stranger harmless: no scripts, handlers, frames, forms or addresses of other kinds.

    Parameters
    ----------
    content : str
        The HTML.

    Returns
    -------
    str
        What is left of it.

    Examples
    --------
    >>> clean_html("<b onclick='x()'>43 %</b><script>x()</script>")
    '<b>43 %</b>'
    >>> clean_html("<a href='java&#x73;cript:x()'>more</a>")
    '<a>more</a>'
    """
    if _is_endless(content):
        return ""
    soup = BeautifulSoup(content, "html.parser")
    for element in soup.find_all(_GONE.split()):
        element.decompose()
    for image in soup.find_all("img"):
        if not image.get("alt"):
            image["alt"] = text("grading.page.no_alt")
    # bleach comes last: it decides on what the page contains, whatever happened before.
    return _cleaner().clean(str(soup))


class _Renderer(IPythonRenderer):
    def _embed_image_or_attachment(self, src: str) -> str:
        """Leave out what the cell names but does not hold; nbconvert would make no page at all."""
        try:
            return super()._embed_image_or_attachment(src)
        except InvalidNotebook:
            return ""


def clean_markdown(source: str, attachments: dict[str, Any] | None = None) -> str:
    """Render Markdown of a stranger as harmless HTML.

    Parameters
    ----------
    source : str
        The Markdown.
    attachments : dict, optional
        Pictures pasted into the cell.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> clean_markdown("**43 %** [more](javascript:x())")
    '<p><strong>43 %</strong> <a>more</a></p>'
    """
    if len(source) > _MOST_SIGNS:
        return f"<pre>{html.escape(_shortened(source))}</pre>"
    renderer = _Renderer(escape=False, exclude_anchor_links=True, attachments=attachments or {})
    return clean_html(MarkdownWithMath(renderer=renderer).render(source)).strip()


def _code(source: str) -> Markup:
    return Markup(highlight(source, PythonLexer(), HtmlFormatter(cssclass="code")))


def _shortened(content: str) -> str:
    content = _CONTROL.sub("", content)
    lines = content[:_MOST_SIGNS].splitlines()
    if len(lines) > _MOST_LINES or len(content) > _MOST_SIGNS:
        lines = [*lines[:_MOST_LINES], text("grading.page.shortened")]
    return "\n".join(lines)


def _trace(output: dict[str, Any]) -> str:
    """Shorten a stack to where it happened in the trainee's cell, and what."""
    what = strip_ansi(f"{output.get('ename', '')}: {output.get('evalue', '')}").strip()
    what = re.sub(r"\(\d+\.py, line (\d+)\)", r"(line \1)", what)  # a cell's file is IPython's own affair
    blocks = [strip_ansi(str(block)) for block in output.get("traceback", [])]
    own = next((b for b in reversed(blocks) if re.match(r"(Cell In|File <|  Cell In)", b.lstrip("\n"))), "")
    where = [line for line in own.strip("\n").splitlines() if line.strip() and line.strip() not in what]
    return _shortened("\n".join([*where[: _TRACE_LINES - 1], *what.splitlines()[:3]]))


def _image(kind: str, data: str, alt: str) -> Markup:
    if kind == "image/svg+xml":
        # As an image, an SVG cannot run its scripts.
        data = base64.b64encode(data.encode()).decode("ascii")
    markup = f'<img alt="{html.escape(alt, quote=True)}" src="data:{kind};base64,{"".join(data.split())}">'
    return Markup(clean_html(markup))


def _output(output: dict[str, Any]) -> tuple[str, Markup]:
    """Return the kind ("text", "error", "rich") and the HTML of one output."""
    if output.get("output_type") == "stream":
        return "text", Markup(html.escape(_shortened(strip_ansi(_joined(output.get("text"))))))
    if output.get("output_type") == "error":
        if output.get("ename") == "CheckFailed":
            return "error", Markup(
                html.escape(_shortened(_TAG.sub("", strip_ansi(str(output["evalue"])), 1)))
            )
        return "error", Markup(html.escape(_trace(output)))
    data: dict[str, Any] = output.get("data", {})
    plain = _joined(data.get("text/plain"))
    if "text/html" in data:
        content = clean_html(_joined(data["text/html"]))
        if content.strip():
            return "rich", Markup(content)
    for kind in ("image/png", "image/jpeg", "image/svg+xml"):
        if kind in data:
            alt = "" if plain.startswith("<Figure") else plain
            return "rich", _image(kind, _joined(data[kind]), alt or text("grading.page.no_alt"))
    if "text/markdown" in data:
        return "rich", Markup(clean_markdown(_joined(data["text/markdown"])))
    return "text", Markup(html.escape(_shortened(strip_ansi(plain))))


def _joined(value: Any) -> str:
    return "".join(str(part) for part in value) if isinstance(value, list) else str(value or "")


# ------------------------------------------------------------------------------------- preprocessors


@dataclass
class _Verdict:
    """What the page says about one graded cell."""

    track: str
    score: float
    points: float
    waiting: bool = False
    state: str = ""
    message: str = ""
    hint: str = ""
    section: str = ""
    link: str = ""
    misconception: str = ""


@dataclass
class _Block:
    """One piece of the page, in the order of the notebook."""

    kind: str  # statement, setup, answer, own, written, verdict
    body: Markup = field(default_factory=Markup)
    outputs: list[tuple[str, Markup]] = field(default_factory=list[tuple[str, Markup]])
    comment: Markup = field(default_factory=Markup)
    verdict: _Verdict | None = None
    title: str = ""
    step: str = ""


class FeedbackPage(NbGraderPreprocessor):
    """Turn a graded notebook into what the page shows, in ``resources["feedback"]``.

    Runs after nbgrader's GetGrades. The notebook that goes on to the exporter has no cells left, so that
    nothing hidden can slip through a template.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Make the page."""
        about = resources["nbgrader"]
        refused = _refusal(str(nb.metadata.get("csmodels_refused", "")))
        with Gradebook(about["db_url"]) as gradebook:
            graded = gradebook.find_submission_notebook(
                about["notebook"], about["assignment"], about["student"]
            )
            waiting = {grade.name for grade in graded.grades if grade.needs_manual_grade}
            who: Any = gradebook.find_student(about["student"])
            names = Student(who.id, who.last_name or "", who.first_name or "")
        page = _page(nb, waiting)
        page |= {
            "student": names.said,
            "assignment": about["assignment"],
            "score": about["score"],
            "max_score": about["max_score"],
            "late_penalty": about["late_penalty"],
            "refused": refused,
        }
        if page["refused"]:
            page["blocks"], page["misconceptions"] = [], []
        resources["feedback"] = page
        nb.cells = []
        return nb, resources


def _refusal(reason: str) -> str:
    """Say why a hand-in was not graded; the reason stands in a notebook, so it may be any text."""
    if reason == "failed":
        return text("grade.failed.page")
    return text(f"grading.refused.{reason}") if reason in REFUSALS else ""


def _ended(nb: Any) -> dict[str, str]:
    """Return cell → how it ended, for those that did not come to their own end."""
    reasons: Any = nb.metadata.get("csmodels", {}).get("reasons", {})
    return {str(cell): how for cell, how in dict(reasons).items() if how in ENDS}


def _page(nb: Any, waiting: set[str]) -> dict[str, Any]:
    hidden, ended = _hidden_lines(nb), _ended(nb)
    blocks: list[_Block] = []
    heading, page_title, broken = "", "", ""
    for cell in nb.cells:
        stamp = course.stamp(cell)
        words = str(stamp.get("comment") or "")
        # nbgrader's own note on an answer that was left out is no word of an instructor.
        comment = Markup("" if words == "No response." else clean_markdown(words))
        if cell.cell_type == "markdown":
            source = cell.source
            if stamp.get("locked") and not stamp.get("solution"):
                source = _without_regions(source)
            found = re.findall(r"^(#{1,6})\s+(.*?)\s*#*\s*$", source, re.MULTILINE)
            if found and not stamp.get("grade"):
                heading, broken = found[-1][1], ""
                if not page_title and found[0][0] == "#":
                    page_title = found[0][1]
                    source = re.sub(r"^#\s+.*$", "", source, count=1, flags=re.MULTILINE)
            body = Markup(clean_markdown(source, cell.get("attachments")))
            if stamp.get("grade"):
                verdict = _written(cell, stamp, waiting)
                blocks.append(_Block("written", body, comment=comment, verdict=verdict, title=heading))
            elif body or comment:
                blocks.append(_Block("statement", body, comment=comment))
        elif cell.cell_type == "code":
            if stamp.get("grade") and not stamp.get("solution"):
                verdict = _tested(cell, stamp, heading, broken, ended.get(str(cell.get("id")), ""))
                blocks.append(_Block("verdict", verdict=verdict, title=heading))
                continue
            kind = "answer" if stamp.get("solution") else "setup" if stamp.get("locked") else "own"
            how = ended.get(str(cell.get("id")), "")
            # The last output of a cell that did not end says so, in the judge's language.
            shown = cell.outputs[:-1] if how else cell.outputs
            outputs = [_output(output) for output in shown if not _shows(output, hidden)]
            if len(outputs) < len(shown):
                outputs.append(("text", Markup(html.escape(text("grading.page.withheld")))))
            if how:
                outputs.append(("error", Markup(html.escape(text(f"grade.ended.{how}")))))
            errors = [str(o.get("ename")) for o in cell.outputs if o.get("output_type") == "error"]
            if errors and kind == "answer":
                broken = how or _error_name(errors[0])
            blocks.append(_Block(kind, _code(cell.source), outputs, comment, title=heading))
    for title in {block.title for block in blocks if block.kind == "verdict"}:
        steps = [block for block in blocks if block.kind == "verdict" and block.title == title]
        for number, block in enumerate(steps, start=1):
            block.step = text("grading.page.step", n=number, all=len(steps)) if len(steps) > 1 else ""
    return {
        "title": page_title,
        "blocks": blocks,
        "tracks": _tracks(blocks),
        "misconceptions": _recognised(blocks),
    }


def _without_regions(source: str) -> str:
    for name in MARKERS:
        try:
            source = "\n".join(regions(source, name)[1])
        except ValueError:
            return ""
    return source


def _hidden_lines(nb: Any) -> list[str]:
    """List what no output may show: the lines of hidden tests and mark schemes, without spaces and quotes."""
    lines: list[str] = []
    for cell in nb.cells:
        if course.stamp(cell).get("solution"):
            continue
        for name in ("HIDDEN TESTS", "MARK SCHEME"):
            try:
                lines += regions(cell.source, name)[0]
            except ValueError:
                lines += cell.source.splitlines()
    return [bare for line in lines if len(bare := _bare(line)) >= 12]


def _bare(content: str) -> str:
    return re.sub(r"[\s'\"\\]|<[^>]*>", "", html.unescape(content))


def _shows(output: dict[str, Any], hidden: list[str]) -> bool:
    """Say whether an output repeats a hidden line; a cell can find them in IPython's history."""
    parts = [output.get("text"), output.get("evalue"), output.get("traceback")]
    parts += [value for kind, value in output.get("data", {}).items() if not kind.startswith("image/p")]
    whole = _bare(strip_ansi("".join(_joined(part) for part in parts if part)))
    return any(line in whole for line in hidden)


def _error_name(name: str) -> str:
    """Return the name of one of Python's own errors; any other could carry a message of its own."""
    found = getattr(builtins, name, None)
    return name if isinstance(found, type) and issubclass(found, BaseException) else ""


def _track(cell: Any) -> str:
    tags: list[str] = cell.metadata.get("tags", [])
    return next((tag for tag in tags if tag in ("core", "deeper")), "core")


def _written(cell: Any, stamp: dict[str, Any], waiting: set[str]) -> _Verdict:
    score, points = float(stamp.get("score") or 0), float(stamp.get("points") or 0)
    open_ = stamp.get("grade_id") in waiting
    verdict = _Verdict("written", score, points, waiting=open_)
    verdict.state = "waiting" if open_ else _state(score, points)
    if not open_ and stamp.get("checksum") and score == 0 and cell.source.strip() == course.TEXT_STUB:
        verdict.message = text("grading.page.empty")
    return verdict


def _state(score: float, points: float) -> str:
    return "right" if score >= points else "partly" if score > 0 else "wrong"


def _tested(cell: Any, stamp: dict[str, Any], heading: str, broken: str, how: str) -> _Verdict:
    score, points = float(stamp.get("score") or 0), float(stamp.get("points") or 0)
    verdict = _Verdict(_track(cell), score, points, state=_state(score, points))
    error = next((out for out in cell.outputs if out.get("output_type") == "error"), None)
    if verdict.state == "right":
        return verdict
    if error is None:
        verdict.message = text("grading.page.by_hand")
        return verdict
    name, value = str(error.get("ename")), str(error.get("evalue"))
    tag = _TAG.match(value) if name == "CheckFailed" else None
    texts = course.item_texts(tag[1]) if tag else None
    if tag and texts:
        _from_check(verdict, texts, tag[2])
    elif name == "NameError":
        verdict.message = _undefined(cell, value, heading, broken)
    elif how:
        verdict.message = text(f"grade.ended.{how}")
    else:
        known = _error_name(name)
        key = "stopped" if known else "stopped_somehow"
        verdict.message = text(f"grading.page.{key}", error=known)
    return verdict


def _from_check(verdict: _Verdict, texts: Item, name: str) -> None:
    mistake = texts.misconceptions.get(name)
    if mistake is not None:
        # The trainee's own value may come from hidden data, so it is not repeated.
        said = mistake.says("message").replace("{got}", "…")
        verdict.message = text("grading.page.diagnosis", name=mistake.says("name"), message=said)
        verdict.misconception = name
    else:
        verdict.message = text(f"grading.reasons.{name if name in REASONS else 'value'}")
    verdict.hint = texts.says("hint", mistake)
    verdict.section = texts.says("section", mistake)
    anchor = texts.anchor(mistake)
    if verdict.section and anchor and texts.lesson:
        verdict.link = f"{texts.lesson}.ipynb#{anchor}"
        verdict.section = f"{texts.lesson.partition('_')[0]} › {verdict.section}"


def _undefined(cell: Any, value: str, heading: str, broken: str) -> str:
    match = re.match(r"name '(\w+)' is not defined", value)
    visible = _without_regions(cell.source)
    # Only a name that the trainee can see in the test: any other may come from a hidden one.
    if match is None or not re.search(rf"\b{re.escape(match[1])}\b", visible):
        return text("grading.page.stopped", error="NameError")
    if broken in ENDS:
        key, why = "grading.page.undefined_ended", text(f"grade.ended.{broken}")
        return text(key, name=match[1], heading=heading, why=why)
    if broken:
        return text("grading.page.undefined_broken", name=match[1], heading=heading, error=broken)
    return text("grading.page.undefined", name=match[1], heading=heading)


def _tracks(blocks: list[_Block]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for track in ("core", "deeper", "written"):
        verdicts = [b.verdict for b in blocks if b.verdict is not None and b.verdict.track == track]
        if verdicts:
            rows.append(
                {
                    "name": text(f"grading.page.track.{track}"),
                    "score": sum(v.score for v in verdicts if not v.waiting),
                    "points": sum(v.points for v in verdicts),
                    "waiting": sum(v.points for v in verdicts if v.waiting),
                }
            )
    return rows


def _recognised(blocks: list[_Block]) -> list[_Verdict]:
    """List each misconception once, in the order of the page."""
    found: dict[str, _Verdict] = {}
    for block in blocks:
        if block.verdict is not None and block.verdict.misconception:
            found.setdefault(block.verdict.misconception, block.verdict)
    return list(found.values())


# ------------------------------------------------------------------------------------------ exporter


def _t(key: str, **values: object) -> str:
    return text(f"grading.page.{key}", **values)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


class FeedbackExporter(Exporter):
    """Writes the page: one HTML file that needs no other, offline as well."""

    file_extension = Unicode(".html").tag(config=True)
    output_mimetype = "text/html"
    export_from_notebook = "csmodels feedback"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """Run the preprocessors and fill in the template."""
        _, resources = super().from_notebook_node(nb, resources, **kw)
        # Everything is escaped unless this module has cleaned it and marked it as clean.
        environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True)
        environment.filters["number"] = _number
        environment.filters["inline"] = _inline
        page = environment.get_template("index.html.j2").render(
            page=resources["feedback"],
            t=_t,
            language=get_language().replace("_", "-"),
            pygments=Markup(HtmlFormatter(style="default").get_style_defs(".code")),
        )
        return page, resources


def _inline(message: str) -> Markup:
    """Render a message of ours: ``**bold**``, ``*slanted*`` and code in backticks."""
    return Markup(re.sub(r"^<p>(.*)</p>$", r"\1", clean_markdown(message), flags=re.DOTALL))
