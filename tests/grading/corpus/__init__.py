"""Submissions that are hostile, faulty or unusual, each with the score and outcome that it must get.

They say what is checked; they are no manual. ``tests/grading/test_corpus.py`` grades them all.
"""

from __future__ import annotations

from corpus.assignment import FULL, NAME, POINTS, RIGHT, Case, Corpus, HandIn, make_corpus_course

__all__ = ["CORPUS", "FULL", "NAME", "POINTS", "RIGHT", "Case", "Corpus", "HandIn", "make_corpus_course"]

CORPUS = Corpus()

from corpus import code_cases, file_cases, notebook_cases, page_cases, value_cases  # noqa: E402, F401
