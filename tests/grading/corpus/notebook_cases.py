"""What is done to the notebook: its cells, their metadata, their order and their number."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

from corpus import CORPUS, POINTS, RIGHT, HandIn
from csmodels_helpers.grading.course import CODE_STUB, TEXT_STUB

case = CORPUS.case

WRONG = "def share(yes, no, silent):\n    return yes / (yes + no + silent)\n"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()
STUBS = {
    "share": f"def share(yes, no, silent):\n    {CODE_STUB}",
    "mean": f"mean_score = None\n{CODE_STUB}",
    "table": f"def by_region(frame):\n    {CODE_STUB}",
    "chart": f"def chart(counts):\n    {CODE_STUB}",
    "words": f"def greet(name):\n    {CODE_STUB}",
    "note": TEXT_STUB,
}
ALL = tuple(POINTS)


def stamp(hand_in: HandIn, name: str) -> dict[str, Any]:
    return hand_in.cell(name)["metadata"]["nbgrader"]


def tests(hand_in: HandIn) -> list[dict[str, Any]]:
    return [cell for cell in hand_in.notebook["cells"] if cell["id"].endswith("-test")]


def remove(hand_in: HandIn, *names: str) -> None:
    hand_in.notebook["cells"] = [cell for cell in hand_in.notebook["cells"] if cell["id"] not in names]


def insert(hand_in: HandIn, place: int, cell: dict[str, Any]) -> None:
    hand_in.notebook["cells"].insert(place, cell)


def place_of(hand_in: HandIn, name: str) -> int:
    return hand_in.notebook["cells"].index(hand_in.cell(name))


def code(source: Any, name: str = "mine", **metadata: Any) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": "code", "id": name, "metadata": metadata, "source": source}
    return cell | {"outputs": [], "execution_count": None}


# ------------------------------------------------------------------------------------------ test cells


@case("test cell deleted")
def _(hand_in: HandIn) -> None:
    remove(hand_in, "m97-share-test")


@case("test cell deleted under a wrong answer", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    remove(hand_in, "m97-share-test")


@case("all test cells deleted")
def _(hand_in: HandIn) -> None:
    remove(hand_in, *(cell["id"] for cell in tests(hand_in)))


@case("test cell edited to pass", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    hand_in.cell("m97-share-test")["source"] = "pass\n"


@case("test cell edited to fail under a right answer")
def _(hand_in: HandIn) -> None:
    hand_in.cell("m97-share-test")["source"] = "assert False\n"


@case("test cell turned into Markdown under a wrong answer", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    cell = hand_in.cell("m97-share-test")
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]


@case("test cell turned into a raw cell")
def _(hand_in: HandIn) -> None:
    cell = hand_in.cell("m97-share-test")
    cell["cell_type"] = "raw"
    del cell["outputs"], cell["execution_count"]


@case("test cell duplicated")
def _(hand_in: HandIn) -> None:
    copied = copy.deepcopy(hand_in.cell("m97-share-test"))
    copied["id"] = "copy"
    insert(hand_in, place_of(hand_in, "m97-share-test") + 1, copied)


@case("test cell duplicated, and the copy passes", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    copied = copy.deepcopy(hand_in.cell("m97-share-test")) | {"id": "copy", "source": "pass\n"}
    insert(hand_in, place_of(hand_in, "m97-share-test"), copied)


@case("test cell moved to the end")
def _(hand_in: HandIn) -> None:
    cells = hand_in.notebook["cells"]
    cells.append(cells.pop(place_of(hand_in, "m97-share-test")))


@case("test cell moved above its answer")
def _(hand_in: HandIn) -> None:
    cells = hand_in.notebook["cells"]
    cells.insert(1, cells.pop(place_of(hand_in, "m97-share-test")))


@case("all cells in reverse order")
def _(hand_in: HandIn) -> None:
    hand_in.notebook["cells"].reverse()


@case("test cell with the stamp of another one", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    stamp(hand_in, "m97-share-test")["grade_id"] = "m97-mean-test"


@case("test cell with the stamp of an answer", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    hand_in.cell("m97-share-test")["metadata"]["nbgrader"] = copy.deepcopy(stamp(hand_in, "m97-mean-answer"))


@case("extra cell with the id of a test cell", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    insert(hand_in, place_of(hand_in, "m97-share-test"), code("pass\n", "m97-share-test"))


@case("extra cell with the stamp of a test cell", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    role = copy.deepcopy(stamp(hand_in, "m97-share-test"))
    insert(hand_in, place_of(hand_in, "m97-share-test"), code("pass\n", nbgrader=role))


@case("extra test cell worth 100 points")
def _(hand_in: HandIn) -> None:
    role = {**stamp(hand_in, "m97-share-test"), "grade_id": "m97-bonus-test", "points": 100}
    insert(hand_in, 2, code("pass\n", nbgrader=role))


@case("own answer with the role of a test", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    stamp(hand_in, "m97-share-answer").update(grade=True, points=50, locked=True)


# ------------------------------------------------------------------------------------------- metadata


@case("points changed to 100", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    for cell in tests(hand_in):
        cell["metadata"]["nbgrader"]["points"] = 100


@case("points in words")
def _(hand_in: HandIn) -> None:
    for cell in tests(hand_in):
        cell["metadata"]["nbgrader"]["points"] = "lots"


@case("points below zero")
def _(hand_in: HandIn) -> None:
    for cell in tests(hand_in):
        cell["metadata"]["nbgrader"]["points"] = -1


@case("points without end")
def _(hand_in: HandIn) -> None:
    for cell in tests(hand_in):
        cell["metadata"]["nbgrader"]["points"] = float("inf")


@case("test cells unlocked", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    for cell in tests(hand_in):
        cell["metadata"]["nbgrader"]["locked"] = False
        cell["source"] = "pass\n"


@case("test cells no longer graded", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    for cell in tests(hand_in):
        cell["metadata"]["nbgrader"]["grade"] = False


@case("schema version 1")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        cell["metadata"]["nbgrader"]["schema_version"] = 1


@case("schema version 99")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        cell["metadata"]["nbgrader"]["schema_version"] = 99


@case("schema version in words")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        cell["metadata"]["nbgrader"]["schema_version"] = "x"


@case("no schema version")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        del cell["metadata"]["nbgrader"]["schema_version"]


@case("nbgrader's metadata are a list")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        cell["metadata"]["nbgrader"] = ["grade", "locked"]


@case("grade ids are no text")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        cell["metadata"]["nbgrader"]["grade_id"] = {"a": [1]}


@case("metadata of cells are a list")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        cell["metadata"] = []


@case("no metadata of cells")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        del cell["metadata"]


@case("no ids of cells")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        del cell["id"]


@case("every cell has the same id")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        cell["id"] = "same"


@case("ids with signs that ids must not have")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        cell["id"] = f"../{cell['id']}\n<b>"


@case("metadata of two answers swapped", lost=("share",), reason="NameError")
def _(hand_in: HandIn) -> None:
    """As the stamp says which cell it is, the share comes after its test."""
    one, other = hand_in.cell("m97-share-answer"), hand_in.cell("m97-mean-answer")
    one["metadata"], other["metadata"] = other["metadata"], one["metadata"]


@case("metadata of two tests swapped", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    one, other = hand_in.cell("m97-share-test"), hand_in.cell("m97-mean-test")
    one["metadata"], other["metadata"] = other["metadata"], one["metadata"]


@case("tag skip-execution on the test", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    for cell in hand_in.notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution"]


@case("tag skip-execution on a right answer")
def _(hand_in: HandIn) -> None:
    hand_in.cell("m97-share-answer")["metadata"]["tags"] = ["skip-execution"]


@case("tag raises-exception on the test", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    hand_in.cell("m97-share-test")["metadata"]["tags"] = ["raises-exception"]


@case("tags that hide cells", shows=("8 <small>", "2 · The mean"))
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        cell["metadata"]["tags"] = ["remove-cell", "remove-input", "hide-cell"]


@case("tags are no list")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        cell["metadata"]["tags"] = {"skip-execution": True}


@case("forged traces of the grader", shows=("8 <small>",), hides=("larger than 20 MB",))
def _(hand_in: HandIn) -> None:
    hand_in.notebook["metadata"] |= {
        "csmodels_refused": "large",
        "csmodels": {"outcome": "refused", "reasons": {"m97-share-test": "time"}, "intake": [7]},
    }


@case("forged scores", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    for cell in hand_in.notebook["cells"]:
        cell["metadata"]["nbgrader"] |= {"score": 100, "comment": "Excellent!", "checksum": "0" * 32}


@case("other kernel")
def _(hand_in: HandIn) -> None:
    hand_in.notebook["metadata"]["kernelspec"] = {"name": "conda-env-csm-py", "display_name": "Mine"}


@case("no kernel")
def _(hand_in: HandIn) -> None:
    del hand_in.notebook["metadata"]["kernelspec"]


@case("kernel with a path as its name")
def _(hand_in: HandIn) -> None:
    hand_in.notebook["metadata"]["kernelspec"] = {"name": "../../../tmp/evil", "display_name": "x"}


@case("language R")
def _(hand_in: HandIn) -> None:
    hand_in.notebook["metadata"] |= {
        "kernelspec": {"name": "ir", "display_name": "R", "language": "R"},
        "language_info": {"name": "R", "file_extension": ".r"},
    }


@case("metadata of the notebook are a list")
def _(hand_in: HandIn) -> None:
    hand_in.notebook["metadata"] = []


@case("minor version 99")
def _(hand_in: HandIn) -> None:
    hand_in.notebook["nbformat_minor"] = 99


@case("format 4.0")
def _(hand_in: HandIn) -> None:
    hand_in.notebook["nbformat_minor"] = 0
    for cell in hand_in.notebook["cells"]:
        del cell["id"]


# -------------------------------------------------------------------------------------------- answers


@case("answer cell deleted", lost=("share",), reason="not-answered")
def _(hand_in: HandIn) -> None:
    remove(hand_in, "m97-share-answer")


@case("answer cell deleted and written anew")
def _(hand_in: HandIn) -> None:
    place = place_of(hand_in, "m97-share-answer")
    hand_in.notebook["cells"][place] = code(RIGHT["share"])


@case("answer cell copied and the copy changed")
def _(hand_in: HandIn) -> None:
    """JupyterLab's copy of a cell keeps its metadata and has a new id."""
    copied = copy.deepcopy(hand_in.cell("m97-share-answer")) | {"id": "copy"}
    hand_in.answer("share", WRONG)
    insert(hand_in, place_of(hand_in, "m97-share-answer") + 1, copied)


@case("answer cell copied, the wrong one last", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    copied = copy.deepcopy(hand_in.cell("m97-share-answer")) | {"id": "copy", "source": WRONG}
    insert(hand_in, place_of(hand_in, "m97-share-answer") + 1, copied)


@case("blank copy below the answer")
def _(hand_in: HandIn) -> None:
    copied = copy.deepcopy(hand_in.cell("m97-share-answer")) | {"id": "copy", "source": STUBS["share"]}
    insert(hand_in, place_of(hand_in, "m97-share-answer") + 1, copied)


@case("answer cell turned into Markdown")
def _(hand_in: HandIn) -> None:
    cell = hand_in.cell("m97-share-answer")
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]


@case("answer cell turned into a raw cell")
def _(hand_in: HandIn) -> None:
    cell = hand_in.cell("m97-share-answer")
    cell["cell_type"] = "raw"
    del cell["outputs"], cell["execution_count"]


@case("note turned into code")
def _(hand_in: HandIn) -> None:
    cell = hand_in.cell("m97-note-answer")
    cell |= {"cell_type": "code", "outputs": [], "execution_count": None}


@case("answer cell without metadata")
def _(hand_in: HandIn) -> None:
    hand_in.cell("m97-share-answer")["metadata"] = {}


@case("answer cell without id")
def _(hand_in: HandIn) -> None:
    del hand_in.cell("m97-share-answer")["id"]


@case("answer cell without id and metadata")
def _(hand_in: HandIn) -> None:
    cell = hand_in.cell("m97-share-answer")
    cell["id"], cell["metadata"] = "mine", {}


@case("answer split over two cells")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", "def part(yes, no):\n    return yes / (yes + no)\n")
    hand_in.own("m97-share-answer", "def share(yes, no, silent):\n    return part(yes, no)\n")


@case("answer in a cell above the blank one", lost=("share",), reason="not-answered")
def _(hand_in: HandIn) -> None:
    """As in JupyterLab: the blank cell below defines the function anew."""
    hand_in.answer("share", STUBS["share"])
    hand_in.own("m97-share-task", RIGHT["share"])


@case("answer in a cell above the emptied one")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", "")
    hand_in.own("m97-share-task", RIGHT["share"])


@case("answer below its test", lost=("share",), reason="not-answered")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", STUBS["share"])
    hand_in.own("m97-share-test", RIGHT["share"])


@case("answers merged into the first answer cell")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", "\n".join(RIGHT[item] for item in ALL))
    remove(hand_in, *(f"m97-{item}-answer" for item in ALL[1:]))


@case("all answers in one cell of their own")
def _(hand_in: HandIn) -> None:
    source = "\n".join([hand_in.cell("m97-setup")["source"], *(RIGHT[item] for item in ALL)])
    note = hand_in.cell("m97-note-answer")
    hand_in.notebook["cells"] = [hand_in.cell("m97-title"), code(source), note]


@case("all code merged into the set-up", lost=ALL)
def _(hand_in: HandIn) -> None:
    """Cells that are not to write in are graded as handed out, and the trainee is told."""
    cells = [cell for cell in hand_in.notebook["cells"] if cell["cell_type"] == "code"]
    hand_in.cell("m97-setup")["source"] = "\n".join(cell["source"] for cell in cells)
    remove(hand_in, *(cell["id"] for cell in cells[1:]))


@case("all answer cells deleted", lost=ALL)
def _(hand_in: HandIn) -> None:
    remove(hand_in, *(f"m97-{item}-answer" for item in RIGHT))


@case("every cell deleted", outcome="refused", reason="empty")
def _(hand_in: HandIn) -> None:
    hand_in.notebook["cells"] = []


@case("only a cell of their own left", outcome="refused", reason="other")
def _(hand_in: HandIn) -> None:
    hand_in.notebook["cells"] = [code(RIGHT["share"])]


@case("unfinished: everything blank", lost=ALL)
def _(hand_in: HandIn) -> None:
    for item, stub in STUBS.items():
        hand_in.answer(item, stub)


@case("unfinished: everything emptied", lost=ALL, reason="NameError")
def _(hand_in: HandIn) -> None:
    for item in RIGHT:
        hand_in.answer(item, "")


@case("unfinished: half of it", lost=("chart", "words"), reason="not-answered")
def _(hand_in: HandIn) -> None:
    for item in ("chart", "words"):
        hand_in.answer(item, STUBS[item])


@case("blank note")
def _(hand_in: HandIn) -> None:
    hand_in.answer("note", TEXT_STUB)


@case("syntax error", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    hand_in.answer("mean", "mean_score = (6.5\n")


@case("wrong indentation", lost=("share",), reason="NameError")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", "def share(yes, no, silent):\nreturn yes / (yes + no)\n")


@case("only a comment", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    hand_in.answer("mean", "# I do not know.\n")


@case("markers of hidden tests in an answer", shows=("8 <small>",))
def _(hand_in: HandIn) -> None:
    hand_in.before("share", "### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS\n### BEGIN SOLUTION")
    hand_in.answer("note", "=== BEGIN MARK SCHEME ===\n2 points\n")


# --------------------------------------------------------------------------------------- their own cells


@case("own cells everywhere")
def _(hand_in: HandIn) -> None:
    for number, name in enumerate([cell["id"] for cell in hand_in.notebook["cells"]]):
        hand_in.own(name, f"mine_{number} = {number}\nmine_{number}")
    insert(hand_in, 0, code("first = True\n", "very-first"))


@case("own cell that breaks an answer", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-share-answer", WRONG)


@case("own cell with an error")
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-title", "1 / 0\n")
    hand_in.own("m97-share-answer", "nothing_like_this\n")


@case("own Markdown everywhere")
def _(hand_in: HandIn) -> None:
    for name in [cell["id"] for cell in hand_in.notebook["cells"]]:
        hand_in.own(name, "# Remark\n\nThis took me an hour.", "markdown")


@case("own raw cells")
def _(hand_in: HandIn) -> None:
    for name in [cell["id"] for cell in hand_in.notebook["cells"]]:
        hand_in.own(name, "raise SystemExit", "raw")


@case("cell of no known type")
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-title", "raise SystemExit", "hologram")


@case("1,900 cells")
def _(hand_in: HandIn) -> None:
    hand_in.notebook["cells"] += [code(f"x = {n}", f"mine-{n}") for n in range(1_880)]


@case("3,000 cells", outcome="refused", reason="cells")
def _(hand_in: HandIn) -> None:
    hand_in.notebook["cells"] += [code(f"x = {n}", f"mine-{n}") for n in range(3_000)]


@case("cell of more than 1 MB", outcome="refused", reason="long")
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-title", "#" * 1_100_000)


@case("cell that is null", outcome="refused", reason="format")
def _(hand_in: HandIn) -> None:
    hand_in.notebook["cells"].append(None)


@case("source that is a number", outcome="refused", reason="format")
def _(hand_in: HandIn) -> None:
    hand_in.cell("m97-share-answer")["source"] = 7


# ------------------------------------------------------------------------------------------- how it is told


@case("source as a list of lines")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)


@case("Windows line ends in cells")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        cell["source"] = cell["source"].replace("\n", "\r\n")


@case("old Macintosh line ends in cells")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        cell["source"] = cell["source"].replace("\n", "\r")


@case("Windows line ends in the file", writes=False)
def _(hand_in: HandIn) -> None:
    content = json.dumps(hand_in.notebook, indent=1)
    hand_in.path.write_bytes(content.replace("\n", "\r\n").encode())


@case("byte order mark", writes=False)
def _(hand_in: HandIn) -> None:
    hand_in.path.write_bytes(b"\xef\xbb\xbf" + json.dumps(hand_in.notebook).encode())


@case("indented with tabs")
def _(hand_in: HandIn) -> None:
    for item in POINTS:
        hand_in.answer(item, RIGHT[item].replace("    ", "\t"))


@case("names and text in Chinese", shows=("再问一次没有回答的人。",))
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", "def share(yes, no, silent):\n    是, 否 = yes, no\n    return 是 / (是 + 否)\n")
    hand_in.answer("note", "再问一次没有回答的人。")


@case("zero signs and half characters")
def _(hand_in: HandIn) -> None:
    hand_in.before("share", "# \0 \ud800 \u2028 \ufeff")
    hand_in.notebook = json.loads(json.dumps(hand_in.notebook))  # as \u escapes, which a file can hold
    hand_in.cell("m97-share-answer")["source"] = hand_in.cell("m97-share-answer")["source"].replace(
        "\ud800", "\ufffd"
    )


@case("pictures attached to the note", shows=("data:image/png",))
def _(hand_in: HandIn) -> None:
    cell = hand_in.cell("m97-note-answer")
    cell["source"] = "Ask again. ![sketch](attachment:sketch.png)"
    cell["attachments"] = {"sketch.png": {"image/png": PNG}}


@case("attachments that are no pictures", hides=("alert(1)",))
def _(hand_in: HandIn) -> None:
    drawing = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").decode()
    cell = hand_in.cell("m97-note-answer")
    cell["source"] = "![a](attachment:a.svg) ![b](attachment:b.html) ![c](attachment:../c)"
    cell["attachments"] = {
        "a.svg": {"image/svg+xml": drawing},
        "b.html": {"text/html": "<script>alert(1)</script>"},
        "../c": {"image/png": "!" * 50},
        "d": 7,
    }


@case(
    "forged outputs",
    lost=("share",),
    reason="kept-silent",
    hides=("forged words", "All tests passed"),
)
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    hand_in.cell("m97-share-test")["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "All tests passed"},
    ]
    hand_in.cell("m97-share-answer")["outputs"] = [
        {"output_type": "display_data", "data": {"text/plain": "forged words"}, "metadata": {}},
    ]


@case("forged output that gives a score", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    """Show a number in a test cell, which nbgrader takes for its score."""
    hand_in.answer("share", WRONG)
    hand_in.cell("m97-share-test")["outputs"] = [
        {"output_type": "execute_result", "data": {"text/plain": "2"}, "metadata": {}, "execution_count": 1},
    ]


@case("outputs that are no outputs")
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = {"output_type": 7}
    hand_in.cell("m97-share-answer")["outputs"] = [None, 3, {"output_type": "hologram"}]


@case("forged execution counts")
def _(hand_in: HandIn) -> None:
    for cell, count in zip(hand_in.notebook["cells"], [10**300, -1, "x", 1.5, None] * 9, strict=False):
        if cell["cell_type"] == "code":
            cell["execution_count"] = count


@case("magics in cells", shows=("8 <small>",))
def _(hand_in: HandIn) -> None:
    hand_in.before("share", "%matplotlib inline\n%config InlineBackend.figure_format = 'svg'")
    hand_in.answer("mean", f"%time {RIGHT['mean']}")
    hand_in.answer("table", f"%%time\n{RIGHT['table']}")
    hand_in.before("chart", "!echo from a program\nfiles = !ls")
    hand_in.own("m97-title", "%%capture kept\nprint('kept')")
    hand_in.own("m97-words-answer", "greet?\n%lsmagic\n%no_such_magic")


@case("await in a cell")
def _(hand_in: HandIn) -> None:
    hand_in.before("mean", "import asyncio\nawait asyncio.sleep(0)\n")


@case("annotations, type hints and a docstring")
def _(hand_in: HandIn) -> None:
    hand_in.answer(
        "share",
        "from __future__ import annotations\n\n"
        'def share(yes: int, no: int, silent: int = 0, /) -> float:\n    """Share of *yes*."""\n'
        "    return yes / (yes + no)\n",
    )
