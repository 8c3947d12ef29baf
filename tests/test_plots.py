"""What people see of a figure: words that stay on the page, and titles that are true of the data."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.layout_engine import ConstrainedLayoutEngine

from csmodels_helpers import accounts, loyalty, monitoring, plots, reliability, retention, servqual
from csmodels_helpers.language import set_language
from csmodels_helpers.plots_names import name_points

pytestmark = pytest.mark.usefixtures("course_style")

LONG = {
    "en": "Value of the relationship over the whole of the next contract (revenue_cny_million)",
    "zh_CN": "在整个下一合同期内这一客户关系的价值与战略重要性以及管理的容易程度（revenue_cny_million）",
}
FINDING = {
    "en": "Weighting moves the score from 3.65 to 3.42: the phoned are 24 % of the answers, 11 % of them all",
    "zh_CN": "加权使得分从 3.65 变为 3.42：电话受访者占回答的 24 %，占客户的 11 %；12 家中有 3 家改变名次",
}


def drawn(width: float, language: str, names: int = 6) -> Any:
    """Draw lines with a legend, in words that are too long for the page."""
    _, ax = plt.subplots(figsize=(width, 3.6))
    for i in range(names):
        ax.plot([0, 1], [i, i + 1], label=f"a rather long name, number {i}")
    plots.legend_below(ax)
    words = LONG[language]
    plots.label(ax, title=FINDING[language], xlabel=words, ylabel=words, alt="Lines.")
    ax.figure.draw_without_rendering()
    return ax


@pytest.mark.parametrize("width", [7.2, 5.0])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_words_stay_on_the_page(width, language):
    ax = drawn(width, language)
    page = ax.figure.bbox
    title = max((ax.title, ax._left_title), key=lambda each: len(each.get_text()))
    for words in (title, ax.xaxis.label, ax.yaxis.label, ax.get_legend()):
        box = words.get_window_extent()
        assert box.x0 >= page.x0 and box.x1 <= page.x1, words
        assert box.y0 >= page.y0 and box.y1 <= page.y1, words
    # The broken label and the legend below it do not run into one another.
    assert not ax.xaxis.label.get_window_extent().overlaps(ax.get_legend().get_window_extent())


def test_a_label_that_fits_on_the_page_is_moved_and_not_broken():
    _, ax = plt.subplots(figsize=(5, 3.6))
    ax.barh([0], [1])
    ax.set_yticks([0], ["a name that pushes the axes far"])
    words = "Share of satisfied customers among those who answered"
    plots.label(ax, title="Most", xlabel=words, ylabel="Group", alt="Most.")
    ax.figure.draw_without_rendering()
    assert ax.get_xlabel() == words
    assert ax.xaxis.label.get_window_extent().x1 <= ax.figure.bbox.x1


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """List the figures whose layout was looked for, in order."""
    found: list[Any] = []
    execute = ConstrainedLayoutEngine.execute

    def counted(engine: Any, figure: Any) -> Any:
        found.append(figure)
        return execute(engine, figure)

    monkeypatch.setattr(ConstrainedLayoutEngine, "execute", counted)
    return found


@pytest.mark.parametrize("width", [7.2, 5.0])
def test_what_is_laid_out_is_not_laid_out_again_and_looks_the_same(width, executed):
    ax = drawn(width, "en", names=3)
    figure = plots.label(ax, title="Three", xlabel="Wave", ylabel="Score, points", alt="Lines.").figure
    executed.clear()
    shown = plots.figure_html(figure)
    assert not executed
    figure.stale = True  # as when something is added
    assert plots.figure_html(figure) == shown
    assert executed
    figure.axes[0].set_yticks([1], ["a name that needs a lot of room"])
    plots.figure_html(figure)
    assert figure.axes[0].get_tightbbox().x0 >= 0


def bars(names: list[str], title: str, xlabel: str = "Score, points") -> Any:
    _, ax = plt.subplots(figsize=(5, 3.6))
    ax.barh(names, range(1, len(names) + 1), label="answers")
    plots.legend_below(ax)
    return plots.label(ax, title=title, xlabel=xlabel, ylabel="Group", alt="Bars.").figure


@pytest.mark.parametrize("names", [["south", "north"], ["north", "south"]], ids=["ticks", "title alone"])
def test_a_picture_that_changes_holds_still_and_looks_as_if_laid_out_alone(names, executed):
    kept = plots.KeptPlaces()
    with kept:
        first = bars(["north", "south"], "South leads")
    executed.clear()
    with kept:
        second = bars(names, "North leads")
        shown = plots.figure_html(second)
    assert not executed
    assert second.axes[0].get_position().bounds == first.axes[0].get_position().bounds
    with plots.KeptPlaces():
        assert shown == plots.figure_html(bars(names, "North leads"))
    assert len(shown) < 0.8 * len(plots.figure_html(second))  # fewer dots while a control is moved


@pytest.mark.parametrize(
    "change",
    [
        {"names": ["a name that needs far more room than the one before", "b"]},
        {"title": "A finding so long that it is broken into two lines, or even into three of them"},
        {"xlabel": "What they gave, in points of ten, asked by telephone in the week after the delivery"},
    ],
    ids=["names", "title", "label"],
)
def test_words_that_need_more_room_get_it(change, executed):
    kept, usual = plots.KeptPlaces(), {"names": ["a", "b"], "title": "B leads"}
    with kept:
        bars(**usual)
    executed.clear()
    with kept:
        shown = plots.figure_html(bars(**(usual | change)))
    assert executed
    with plots.KeptPlaces():
        assert shown == plots.figure_html(bars(**(usual | change)))


def test_a_legend_asked_for_again_explains_what_is_there_now():
    ax = plots.axes()
    ax.plot([1, 2], label="before")
    plots.legend_below(ax)
    ax.lines[0].set_label("after")
    plots.legend_below(ax)
    assert [written.get_text() for written in ax.get_legend().get_texts()] == ["after"]


def test_lines_of_a_title_are_about_equally_long():
    title = drawn(7.2, "en").get_title(loc="left")
    first, *rest = map(len, title.split("\n"))
    assert rest
    assert min(rest) > 0.7 * first


def test_numbers_stay_with_what_they_count():
    title = drawn(5.0, "zh_CN").get_title(loc="left")
    assert "\n" in title
    for line in title.split("\n")[1:]:
        assert not line.startswith(("%", "家"))
    assert not any(line.endswith(("从", "的", "有")) for line in title.split("\n")[:-1])


def test_names_beside_points_hide_neither_one_another_nor_the_frame():
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, 1, 12), rng.uniform(0, 1, 12)
    _, ax = plt.subplots(figsize=(5, 3.6))
    ax.plot(x, y, "o")
    plots.label(ax, title="Points", xlabel="x", ylabel="y", alt="Points.")
    name_points(ax, x, y, [f"account {i}" for i in range(12)])
    frame = ax.get_window_extent().padded(1)
    boxes = [written.get_window_extent() for written in ax.texts if written.get_text()]
    assert len(boxes) == 12
    assert all(frame.contains(box.x0, box.y0) and frame.contains(box.x1, box.y1) for box in boxes)
    assert not any(one.overlaps(two) for i, one in enumerate(boxes) for two in boxes[:i])


# --------------------------------------------------------------------------------------- true titles


def title_of(result: Any) -> str:
    return result.plot().get_title(loc="left").replace("\n", " ")


def test_six_turned_items_do_not_fill_the_title():
    rng = np.random.default_rng(1)
    mood = rng.normal(size=(400, 1))
    sign = np.array([1] * 5 + [-1] * 4)
    items = [f"i{k}" for k in range(9)]
    found = reliability.alpha(pd.DataFrame(sign * mood + rng.normal(size=(400, 9)), columns=items), items)
    assert title_of(found).endswith("i5, i6 and 2 more point the other way")
    assert "i5, i6, i7 and i8 run against the other items" in found.explain()


def test_segments_are_not_said_to_differ_where_only_chance_may_tell_them_apart():
    rng = np.random.default_rng(2)
    answers = pd.DataFrame(rng.normal(size=(200, 1)) + rng.normal(size=(200, 3)), columns=list("abc"))
    answers["where"] = np.tile(["east", "west"], 100)
    found = reliability.alpha(answers, list("abc"), segment="where")
    assert title_of(found).startswith("Alpha: from 0.")
    alone = reliability.alpha(answers[answers["where"] == "east"], list("abc"), segment="where")
    assert title_of(alone).startswith("Alpha of east is 0.")


def test_one_denominator_is_not_called_whatever_the_denominator():
    stores = pd.DataFrame({"kind": ["city", "suburb"], "complaints": [120, 190], "orders": [9000, 9000]})
    found = monitoring.complaint_rate(stores, "complaints", per="orders", segment="kind")
    assert title_of(found) == "Most complaints per 100 (orders) in suburb"


@pytest.mark.parametrize(
    ("health", "said"),
    [
        ([90, 80], "None of 2 relationships is at risk"),
        ([90, 20], "1 of 2 relationships is at risk"),
        ([10, 20], "2 of 2 relationships are at risk"),
    ],
)
def test_the_number_at_risk_agrees_with_its_verb(health, said):
    table = pd.DataFrame({"account": ["A", "B"], "score": [float(value) for value in health]})
    found = accounts.health(table, weights={"score": 1.0}, ends={"score": (0, 100)}, draws=20)
    assert title_of(found) == said


def test_accounts_that_tie_for_the_last_place_are_all_named():
    asked = pd.DataFrame({"account": list("AABBC"), "role": "decider", "csat": [2, 2, 2, 2, 5]})
    found = accounts.satisfaction(asked, "csat", weights={"decider": 1.0})
    assert title_of(found) == "A, B are the least satisfied buying units (2.0)"


def test_the_crosshair_that_sorts_is_the_one_drawn_whole():
    rng = np.random.default_rng(4)
    answers = pd.DataFrame(
        rng.integers(1, 8, (60, 4)), columns=[f"{a}_{b}" for a in ("i", "p") for b in "xy"]
    )
    given = {"items": ["x", "y"], "importance": "i_{item}", "performance": "p_{item}", "draws": 20}
    for crosshair, whole in (("means", "means of the items"), ("midpoint", "middle of the scale")):
        ax = servqual.importance_performance(answers, **given, crosshair=crosshair).plot()
        assert next(line.get_label() for line in ax.lines if line.get_linestyle() == "-") == whole


def test_marks_at_zero_are_whole():
    customers = pd.DataFrame({"left": [3.0, 5.0, None, None], "who": ["a", "a", "b", "b"]})
    found = retention.hazard(customers, time="left", until=6, segment="who", periods=[(1, 3), (4, 6)])
    assert found.plot().get_ylim()[0] < 0


def test_a_small_share_has_the_digits_of_its_interval():
    attitude = [6] * 990 + [2] * 10
    found = loyalty.dick_basu(pd.DataFrame({"attitude": attitude, "repeat_share": [1.0] * 990 + [0.1] * 10}))
    said = [written.get_text() for written in found.plot().texts]
    assert "1.0 %" in said
    assert "0.5 % – 1.8 %" in said


def test_the_interval_of_a_mean_of_few_does_not_flatten_the_curve():
    rows = pd.DataFrame(
        {"satisfaction": [1, 1, *[5] * 50, *[9] * 50], "loyalty": [1, 9, *[5, 6] * 25, *[8, 9] * 25]}
    )
    low, high = loyalty.curve(rows).plot().get_ylim()
    assert high - low < 8


def test_the_account_page_can_be_read_on_a_telephone():
    table = pd.DataFrame({"account": ["A", "B"], "revenue": [40.0, 10.0], "band": ["low", "high"]})
    made = accounts.page("A", notes={}, results={"Risk": accounts.revenue_at_risk(table)}).html
    assert "width:560px" in made
    assert "td{overflow-wrap:anywhere}" in made


def test_chinese_figures_have_no_half_width_colon():
    set_language("zh_CN")
    found = retention.clv(300, retention=0.8, discount=0.1, ranges={"retention": (0.7, 0.9)})
    labels = [written.get_text() for written in found.plot().get_yticklabels()]
    assert "保持率：70 % 至 90 %" in labels


def test_words_stay_on_the_page_of_a_script_that_sets_no_style():
    with plt.rc_context():
        plt.rcdefaults()
        ax = plots.axes(figsize=(4, 3))
        ax.barh(["a name that needs a lot of room", "another"], [1, 2])
        plots.label(ax, title="Another leads", xlabel="Score, points", ylabel="Group", alt="Bars.")
        plots.figure_html(ax.figure)
        box, page = ax.get_tightbbox(), ax.figure.bbox
    assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1
