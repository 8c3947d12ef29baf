"""The assignment that the corpus is handed in for: six items of all kinds, eight points without the note."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sample import answer, checks, code, make_course, markdown

NAME = "m97_corpus"
POINTS = {"share": 2.0, "mean": 1.0, "table": 2.0, "chart": 2.0, "words": 1.0}
FULL = sum(POINTS.values())

RIGHT = {
    "share": "def share(yes, no, silent):\n    return yes / (yes + no)\n",
    "mean": "mean_score = float(scores['score'].mean())\n",
    "table": "def by_region(frame):\n    return frame.groupby('region')['score'].mean()\n",
    "chart": (
        "def chart(counts):\n    figure, ax = plt.subplots()\n"
        "    ax.bar(list(counts), list(counts.values()))\n"
        "    ax.set_title('Answers by region')\n    return figure\n"
    ),
    "words": "def greet(name):\n    print(f'Dear {name},')\n",
    "note": "Ask the silent ones again.",
}


def cells() -> list[dict[str, Any]]:
    """Return the source's cells."""
    wrong = 'wrong={"kept-silent": %s}'
    return [
        markdown("m97-title", "# The corpus"),
        code(
            "m97-setup",
            "import matplotlib.pyplot as plt\nimport pandas as pd\nfrom csmodels_helpers import check\n\n"
            "scores = pd.DataFrame({'region': ['N', 'S', 'N', 'S'], 'score': [7.0, 9.0, 4.0, 6.0]})",
            locked=True,
        ),
        markdown("m97-share-task", "## 1 · The share\n\nWrite `share(yes, no, silent)`."),
        answer("m97-share-answer", "def share(yes, no, silent):\n", "return yes / (yes + no)"),
        checks(
            "m97-share-test",
            f'check.equal("m97-share", check.run("m97-share", share, 3, 1, 4), 0.75, {wrong % "3 / 8"})',
            f'check.equal("m97-share", check.run("m97-share", share, 5, 27, 8), 5 / 32, {wrong % "5 / 40"})',
        ),
        markdown("m97-mean-task", "## 2 · The mean\n\nSet `mean_score`."),
        answer("m97-mean-answer", "mean_score = None\n", 'mean_score = float(scores["score"].mean())'),
        checks(
            "m97-mean-test",
            'check.condition("m97-mean", mean_score is not None)',
            'check.equal("m97-mean", mean_score, 6.5)',
            1,
        ),
        markdown("m97-table-task", "## 3 · By region\n\nWrite `by_region(frame)`; leave the frame alone."),
        answer(
            "m97-table-answer", "def by_region(frame):\n", 'return frame.groupby("region")["score"].mean()'
        ),
        checks(
            "m97-table-test",
            'check.equal("m97-table", check.run("m97-table", by_region, scores), {"N": 5.5, "S": 7.5})',
            'other = pd.DataFrame({"region": ["E", "W", "E"], "score": [1.0, 2.0, 4.0]})\n'
            'check.equal("m97-table", check.run("m97-table", by_region, other), {"E": 2.5, "W": 2.0})',
            2,
            "deeper",
        ),
        markdown("m97-chart-task", "## 4 · The chart\n\nWrite `chart(counts)`, which returns a figure."),
        answer(
            "m97-chart-answer",
            "def chart(counts):\n",
            "figure, ax = plt.subplots()\nax.bar(list(counts), list(counts.values()))\n"
            'ax.set_title("Answers by region")\nreturn figure',
        ),
        checks(
            "m97-chart-test",
            'counts = {"N": 3, "S": 5}\n'
            'check.figure("m97-chart", check.run("m97-chart", chart, counts), kind="bar", title=True)',
            'other_counts = {"E": 4, "W": 1, "N": 9}\n'
            'check.figure("m97-chart", check.run("m97-chart", chart, other_counts), kind="bar", '
            "marks=other_counts)",
        ),
        markdown("m97-words-task", "## 5 · Words\n\nWrite `greet(name)`, which prints."),
        answer("m97-words-answer", "def greet(name):\n", 'print(f"Dear {name},")'),
        checks(
            "m97-words-test",
            'check.stdout("m97-words", greet, "Li", expected="Dear Li,")',
            'check.stdout("m97-words", greet, "Ms Schmidt", expected="Dear Ms Schmidt,")',
            1,
        ),
        markdown(
            "m97-note-task",
            "## 6 · A note\n\nWrite a sentence.\n\n=== BEGIN MARK SCHEME ===\n2 points: ask again.\n"
            "=== END MARK SCHEME ===",
        ),
        markdown("m97-note-answer", "Ask again.", grade=True, solution=True, points=2, tags=["core"]),
    ]


def make_corpus_course(root: Path) -> Path:
    """Write the assignment and the messages of its items."""
    return make_course(root, cells(), name=NAME, items=[*POINTS, "note"])


@dataclass
class HandIn:
    """What a case hands in: at first everything right.

    Parameters
    ----------
    folder : Path
        ``submitted/<student>/<assignment>``, which exists.
    notebook : dict
        The release with right answers in it; changed by the case, then written.
    """

    folder: Path
    notebook: dict[str, Any]

    @property
    def path(self) -> Path:
        return self.folder / f"{NAME}.ipynb"

    def cell(self, name: str) -> dict[str, Any]:
        return next(cell for cell in self.notebook["cells"] if cell["id"] == name)

    def answer(self, item: str, source: str) -> None:
        self.cell(f"m97-{item}-answer")["source"] = source

    def before(self, item: str, source: str) -> None:
        """Put code of their own in front of the right answer."""
        self.answer(item, f"{source}\n{RIGHT[item]}")

    def own(self, after: str, source: str, kind: str = "code") -> None:
        """Add a cell of their own after one of the assignment's."""
        place = next(n for n, cell in enumerate(self.notebook["cells"]) if cell["id"] == after)
        cell: dict[str, Any] = {"cell_type": kind, "id": f"own-{place}", "metadata": {}, "source": source}
        if kind == "code":
            cell |= {"outputs": [], "execution_count": None}
        self.notebook["cells"].insert(place + 1, cell)

    def write(self) -> None:
        self.path.write_text(json.dumps(self.notebook, ensure_ascii=False), encoding="utf-8")


@dataclass(frozen=True)
class Case:
    """One submission of the corpus.

    Parameters
    ----------
    name : str
        In words that a table can show.
    build : callable
        Changes the hand-in; it writes the file itself if it must not be written as a notebook.
    lost : tuple of str
        The items that lose their points; all others keep theirs.
    outcome : str
        "graded" or "refused".
    reason : str
        Reason of the refusal, or of each lost item (``misconception``, "raised", "time" …); "" for any.
    writes : bool
        Whether the corpus writes the notebook after `build`.
    shows, hides : tuple of str
        What the feedback page must and must not contain.
    stock : bool
        Whether the stock tool may be tried with it (in a container).
    """

    name: str
    build: Callable[[HandIn], None]
    lost: tuple[str, ...] = ()
    outcome: str = "graded"
    reason: str = ""
    writes: bool = True
    shows: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    stock: bool = True

    @property
    def score(self) -> float:
        if self.outcome != "graded":
            return 0.0
        return FULL - sum(POINTS[item] for item in self.lost)


@dataclass
class Corpus:
    """Cases by name."""

    cases: dict[str, Case] = field(default_factory=dict)

    def case(
        self, name: str, **expected: Any
    ) -> Callable[[Callable[[HandIn], None]], Callable[[HandIn], None]]:
        """Register a builder as a case."""

        def register(build: Callable[[HandIn], None]) -> Callable[[HandIn], None]:
            assert name not in self.cases, name
            self.cases[name] = Case(name, build, **expected)
            return build

        return register
