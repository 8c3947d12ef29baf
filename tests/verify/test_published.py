"""Our functions reproduce what others published, and docs/verification.md says what they give."""

from __future__ import annotations

import importlib
import inspect

import peers
import pytest
from published import END, NUMBERS, PAGE, START, Published, row

SHOWN = PAGE.read_text(encoding="utf-8").partition(START)[2].partition(END)[0].splitlines()

MODULES = (
    *("metrics", "kano", "reliability", "servqual", "expectation", "feedback", "drivers", "paths"),
    *("loyalty", "retention", "monitoring", "accounts"),
)

# Public functions that no installed package has and nobody published numbers for. What holds them instead is
# in tests/test_<module>.py: formulas worked out another way, properties, planted truths, coverage.
ALONE = {
    "names and texts": (
        *("kano.answer_name", "kano.category_name", "loyalty.type_name", "servqual.dimension_name"),
        *("servqual.item_text", "accounts.page", "feedback.standard", "feedback.methods"),
        *("accounts.read_files", "accounts.review"),
    ),
    "lookups of a table of answers": ("kano.classify", "kano.evaluation_table"),
    "figures of results that are compared": (
        *("kano.plot_drift", "kano.plot_pair", "kano.plot_shares", "loyalty.plot_customer"),
        *("servqual.lift_shares", "servqual.plot_levels", "servqual.plot_lift", "accounts.plot_weights"),
    ),
    "steps of an analysis that is compared": (
        "kano.tally",
        "kano.estimate",
        "servqual.tally",
        "servqual.estimate",
    ),
    "intervals by formulas of our own, held by simulated coverage": (
        *("metrics.nps_interval", "metrics.ratio", "metrics.benchmark", "kano.stability"),
        *("monitoring.dashboard", "monitoring.internal_chain", "servqual.internal_gaps"),
    ),
    "sums and rules of the course": (
        *("metrics.composite", "metrics.delivered_value", "metrics.scale_dependence", "drivers.spend"),
        *("retention.retention_claim", "accounts.account_margin"),
        *("accounts.health", "accounts.portfolio", "accounts.rank_actions", "accounts.revenue_at_risk"),
        *("accounts.overview", "accounts.satisfaction", "accounts.tiers"),
    ),
    "simulations": (
        *("expectation.simulate_adaptation", "expectation.best_promise", "feedback.simulate_nonresponse"),
        "monitoring.false_alarms",
    ),
    "worked examples of textbooks in tests/test_expectation.py": ("expectation.from_matrix",),
    "made of scikit-learn itself": ("feedback.train_classifier",),
}


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: f"{n.function}: {n.source}")
def test_a_published_number_comes_out_again(number: Published) -> None:
    got = [float(value) for value in number.compute()]
    assert got == pytest.approx(number.expected, rel=0, abs=max(number.tolerance, 1e-12))
    assert row(number, got) in SHOWN


def test_the_page_shows_nothing_else() -> None:
    assert len([line for line in SHOWN if line.startswith("|")]) == len(NUMBERS) + 2
    assert len(peers.rows()) == len(peers.all_peers())


def public() -> set[str]:
    """Names of all public functions of the models."""
    names: set[str] = set()
    for module in MODULES:
        loaded = importlib.import_module(f"csmodels_helpers.{module}")
        names |= {f"{module}.{name}" for name in loaded.__all__ if inspect.isfunction(getattr(loaded, name))}
    return names


def test_every_function_is_compared_or_said_to_stand_alone() -> None:
    compared = {entry.function.partition("(")[0] for entry in (*NUMBERS, *peers.all_peers())}
    alone = [name for names in ALONE.values() for name in names]
    assert compared <= public(), compared - public()
    assert sorted(alone) == sorted(set(alone))
    assert public() == compared | set(alone), public() ^ (compared | set(alone))
    assert not compared & set(alone), compared & set(alone)


def test_a_difference_that_has_grown_is_seen() -> None:
    assert peers.same_size("3e-05", 4e-5)
    assert not peers.same_size("3e-05", 4e-4)
    assert peers.same_size("below 1e-09", 1e-12)
    assert not peers.same_size("below 1e-09", 1e-8)
    wrong = peers.Peer("metrics.wilson", "scipy binomtest", "one share", 1e-9, lambda: ([0.5], [0.6]))
    with pytest.raises(AssertionError):
        peers.check(wrong)
