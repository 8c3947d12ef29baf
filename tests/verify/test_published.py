"""Our functions reproduce what others published, and docs/verification.md says what they give."""

from __future__ import annotations

import pytest
from published import END, NUMBERS, PAGE, START, Published, row

SHOWN = PAGE.read_text(encoding="utf-8").partition(START)[2].partition(END)[0].splitlines()


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: f"{n.function}: {n.source}")
def test_a_published_number_comes_out_again(number: Published) -> None:
    got = [float(value) for value in number.compute()]
    assert got == pytest.approx(number.expected, rel=0, abs=max(number.tolerance, 1e-12))
    assert row(number, got) in SHOWN


def test_the_page_shows_nothing_else() -> None:
    assert len([line for line in SHOWN if line.startswith("|")]) == len(NUMBERS) + 2
