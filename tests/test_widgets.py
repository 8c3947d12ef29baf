"""The controls of the lessons: by hand, by program, and in a notebook with nobody in front of it."""

from __future__ import annotations

import html.parser
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import matplotlib.pyplot as plt
import nbformat
import pytest

from csmodels_helpers import accounts, kano, progress, widgets
from csmodels_helpers.datasets import load_dataset
from csmodels_helpers.errors import ArgumentError, UnknownNameError
from csmodels_helpers.language import set_language
from csmodels_helpers.notebooks_client import Client


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Keep entries in memory, in English."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "_memory", {})
    yield
    set_language("en")
    plt.close("all")


class _Balance(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def well_formed(content: str) -> str:
    parser = _Balance()
    parser.feed(content)
    parser.close()
    assert parser.open == []
    return content


def boxes(shown: Any) -> list[Any]:
    found, queue = [], [shown._box]
    while queue:
        widget = queue.pop(0)
        found.append(widget)
        queue += getattr(widget, "children", ())
    return found


# ---------------------------------------------------------------------------------------- guesses

LABELS = ["fresh ingredients", "birthday dessert"]


def test_a_prediction_nobody_touched() -> None:
    guess = widgets.predict("m98-worse", LABELS, unit="% annoyed", question="Who <minds>?")
    assert guess.values == guess.value == dict.fromkeys(LABELS)
    assert not guess.answered
    assert [slider.value for slider in guess.sliders.values()] == [50, 50]
    assert repr(guess).startswith("Who <minds>?\nYour guess: fresh ingredients, birthday dessert. (0 to 100%")
    bundle = guess._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "&lt;minds&gt;" in well_formed(bundle["text/html"])
    assert progress.entries() == {}
    assert "Who &lt;minds&gt;? (% annoyed)" in boxes(guess)[1].value


def test_the_button_records_the_guess() -> None:
    guess = widgets.predict("m98-worse", LABELS, unit="% annoyed")
    guess.sliders["birthday dessert"].value = 10
    assert not guess.answered
    guess.button.click()
    assert guess.answered and guess.values == {"fresh ingredients": 50, "birthday dessert": 10}
    assert "fresh ingredients 50 % annoyed, birthday dessert 10 % annoyed" in guess.feedback.value
    assert 'aria-live="polite"' in guess.feedback.value
    assert progress.recall("prediction/m98-worse") == {
        "values": guess.values, "unit": "% annoyed", "range": [0, 100], "question": None,
    }  # fmt: skip


def test_moving_every_slider_records_too() -> None:
    guess = widgets.predict("m98-worse", LABELS)
    for slider in guess.sliders.values():
        slider.value = 20
    assert guess.values == dict.fromkeys(LABELS, 20)
    guess.sliders["birthday dessert"].value = 30
    assert guess.values["birthday dessert"] == 30
    guess.values["birthday dessert"] = 99
    assert guess.values["birthday dessert"] == 30


def test_running_the_cell_again_shows_the_recorded_guess() -> None:
    first = widgets.predict("m98-worse", LABELS)
    first.sliders["birthday dessert"].value = 10
    first.button.click()
    again = widgets.predict("m98-worse", LABELS)
    assert again.values == first.values and "Recorded" in again.feedback.value
    assert again.sliders["birthday dessert"].value == 10
    other = widgets.predict("m98-worse", ["something else"])  # the author changed the labels
    assert other.values == {"something else": None}


def test_sliders_take_decimals_and_can_be_read() -> None:
    guess = widgets.predict("m98-score", ["NPS <b>"], unit="points", minimum=-1, maximum=1, step=0.05)
    (slider,) = guess.sliders.values()
    assert isinstance(slider, ipywidgets.FloatSlider) and slider.readout_format == ".2f"
    assert slider.value == pytest.approx(0)
    whole = widgets.predict("m98-n", ["n"], maximum=7).sliders["n"]
    assert isinstance(whole, ipywidgets.IntSlider) and whole.value == 3
    for each in (slider, whole):
        assert each.style.description_width == "initial" and not each.continuous_update
        assert each.description


@pytest.mark.parametrize(
    ("item", "labels", "options"),
    [
        ("worse", ["a"], {}),
        ("m98-worse", [], {}),
        ("m98-worse", ["a", "a"], {}),
        ("m98-worse", ["a"], {"minimum": 5, "maximum": 5}),
        ("m98-worse", ["a"], {"step": 0}),
        ("m98-worse", ["a"], {"step": 101}),
    ],
)
def test_a_prediction_that_makes_no_sense(item: str, labels: list[str], options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        widgets.predict(item, labels, **options)


def test_a_figure_takes_the_guess() -> None:
    answers = load_dataset("restaurant_kano")
    feature = str(answers["feature"].iloc[0])
    guess = widgets.predict("m98-worse", [feature.replace("_", " ")])
    result = kano.analyze(answers)
    result.plot(guess=guess)
    guess.button.click()
    result.plot(guess=guess)


def test_a_choice() -> None:
    chosen = widgets.choose("m98-first", ["dessert", "freshness"], question="Which first?")
    assert (chosen.value, chosen.answered, chosen.field.value) == (None, False, None)
    assert "csmodels-options" in chosen.field._dom_classes
    chosen.field.value = "freshness"
    assert (chosen.value, chosen.answered) == ("freshness", True)
    assert "Recorded: freshness." in chosen.feedback.value and "Recorded" in repr(chosen)
    assert widgets.choose("m98-first", ["dessert", "freshness"]).value == "freshness"
    assert widgets.choose("m98-first", ["soup", "cake"]).value is None
    named = widgets.choose("m98-second", {"the dessert": "dessert", "the counter": "freshness"})
    named.field.value = "dessert"
    assert named.value == "dessert" and "the dessert" in named.feedback.value
    for options in (["a"], ["a", "a"], {"a": "x", "b": "x"}):
        with pytest.raises(ArgumentError):
            widgets.choose("m98-first", options)


# ------------------------------------------------------------------------------- reveal and replay


def test_replay_without_a_guess_is_kind() -> None:
    widgets.reveal("m98-worse", {"a": 3})
    assert "You recorded no predictions" in repr(widgets.replay("m98"))
    assert "没有记录预测" in _in_chinese(lambda: repr(widgets.replay("m98")))


def _in_chinese(function: Any) -> Any:
    set_language("zh_CN")
    try:
        return function()
    finally:
        set_language("en")


def test_replay_sets_guesses_against_the_truth() -> None:
    guess = widgets.predict("m98-worse", [*LABELS, "<i>"], unit="%")
    for slider, value in zip(guess.sliders.values(), (40, 30, 9), strict=True):
        slider.value = value
    points = widgets.predict("m98-nps", ["NPS"], unit="points", minimum=-100, maximum=100)
    points.sliders["NPS"].value = 60
    widgets.predict("m98-open", ["never revealed"]).button.click()
    widgets.predict("m97-other", ["another module"]).button.click()
    widgets.reveal("m97-other", 1)
    first = widgets.choose("m98-first", ["dessert", "freshness"], question="Which first?")
    first.field.value = "dessert"
    shown = widgets.reveal("m98-worse", {"fresh ingredients": 58.4, "birthday dessert": 10.25, "<i>": 9.0})
    assert "fresh ingredients: Your guess 40 %, What came out 58.4 %, Off by 18.4" in repr(shown)
    widgets.reveal("m98-nps", 23)
    widgets.reveal("m98-first", "freshness")
    card = widgets.replay("m98")
    assert repr(card).splitlines() == [
        "fresh ingredients: Your guess 40 %, What came out 58.4 %, Off by 18.4",
        "birthday dessert: Your guess 30 %, What came out 10.2 %, Off by 19.8",
        "<i>: Your guess 9 %, What came out 9 %, Off by 0",
        "NPS: Your guess 60 points, What came out 23 points, Off by 37",
        "Which first?: Your guess dessert, What came out freshness (something else)",
        # 19.75 of 100 is further than 37 of 200.
        "Furthest off was birthday dessert: you said 30 %, and 10.2 % came out. "
        "That is where reading the section again pays most.",
    ]
    content = well_formed(card.html)
    assert "<caption" in content and "scope='col'" in content and "scope='row'" in content
    assert "&lt;i&gt;" in content and "<i>" not in content
    assert "相差最大的是" in _in_chinese(lambda: repr(widgets.replay("m98")))


def test_replay_praises_a_good_guess() -> None:
    widgets.predict("m98-worse", ["a"]).button.click()
    widgets.reveal("m98-worse", 52)
    assert "All of your numbers were close" in repr(widgets.replay("m98"))


def test_a_truth_that_does_not_fit_the_prediction() -> None:
    widgets.predict("m98-worse", LABELS).button.click()
    for truth in (
        {"fresh ingredients": 3},
        5,
        {**dict.fromkeys(LABELS, 1), "birthday dessert": float("nan")},
    ):
        with pytest.raises(ArgumentError):
            widgets.reveal("m98-worse", truth)
    with pytest.raises(ArgumentError):
        widgets.replay("kano")


# --------------------------------------------------------------------------------------- explorer


def test_explore_draws_at_once_and_on_each_change() -> None:
    seen: list[dict[str, Any]] = []

    def update(**values: Any) -> Any:
        seen.append(values)
        figure, ax = plt.subplots()
        ax.plot([1, 2])
        return figure

    explorer = widgets.explore(
        update,
        labels={"segment": "Segment of guests"},
        segment={"families": "family", "couples": "couple"},
        share_lost=(0.0, 1.0, 0.25),
        months=(1, 12),
        sure=True,
        note="x",
        rule=["mode", "two-step"],
        own=ipywidgets.IntSlider(value=3, description="Own"),
    )
    first: dict[str, Any] = {"segment": "family", "share_lost": 0.5, "months": 6, "sure": True}
    first |= {"note": "x", "rule": "mode", "own": 3}
    assert seen == [first] and explorer.values == first
    explorer.controls["segment"].value = "couples"
    explorer.controls["own"].value = 4
    assert seen[1:] == [first | {"segment": "couple"}, first | {"segment": "couple", "own": 4}]
    assert plt.get_fignums() == []
    described = [control.description for control in explorer.controls.values()]
    assert described == ["Segment of guests", "share lost", "months", "sure", "note", "rule", "Own"]
    for control in explorer.controls.values():
        assert control.style.description_width == "initial"
        assert not getattr(control, "continuous_update", False)
    assert repr(explorer).startswith("Controls: Segment of guests: couples, share lost: 0.5")
    assert boxes(explorer)[0].children[-1] is explorer.output


def test_none_is_a_choice_like_others() -> None:
    """A list of ipywidgets takes the value None for "nothing chosen" and then shows an empty line."""
    for given in ({"none": None, "70": 70}, [None, 70]):
        seen: list[Any] = []
        explorer = widgets.explore(lambda promise, seen=seen: seen.append(promise), promise=given)
        control = explorer.controls["promise"]
        assert control.index == 0 and str(control.label).lower() == "none"
        control.index = 1
        control.index = 0
        assert seen == [None, 70, None]


def test_choices_may_be_pairs_and_need_words_of_their_own() -> None:
    pairs = [("families", "family"), ("couples", "couple")]
    explorer = widgets.explore(lambda segment: None, segment=pairs)
    explorer.controls["segment"].value = "couples"
    assert explorer.values == {"segment": "couple"}
    made = ipywidgets.Dropdown(options=pairs, description="Segment")
    assert repr(widgets.explore(lambda segment: None, segment=made)).endswith("Segment: families")
    for same in ([1, "1"], [("all", 1), ("all", 2)], {1: "a", "1": "b"}):
        with pytest.raises(ArgumentError, match="word"):
            widgets.explore(lambda n: None, n=same)


def test_an_update_that_fails_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        widgets.explore(lambda n: 1 / n, n=[0, 1])


@pytest.mark.parametrize("control", [(1, 1), (5, 2), (1, 2, 3, 4), 3, [], ("a", "b"), (True, 2)])
def test_a_control_that_is_none(control: Any) -> None:
    with pytest.raises(ArgumentError):
        widgets.explore(lambda n: None, n=control)
    with pytest.raises(ArgumentError):
        widgets.explore(lambda: None)


# --------------------------------------------------------------------------------------- accounts


def test_a_note_is_saved_for_an_account() -> None:
    note = widgets.account_note("m98", "Who <decides>?")
    assert len(note.account.options) == 12 and note.account.value is None
    note.button.click()
    assert "Choose an account" in note.feedback.value
    note.account.value = "K02"
    note.field.value = "  "
    note.button.click()
    assert progress.entries() == {}
    note.field.value = " Mr <Li>, since May "
    note.button.click()
    assert "Saved on the page of Beichen." in note.feedback.value
    assert progress.entries() == {
        "account/m98/K02": {"question": "Who <decides>?", "note": "Mr <Li>, since May"}
    }
    again = widgets.account_note("m98", "Who decides?")
    again.account.value = "K01"
    assert again.field.value == ""
    again.account.value = "K02"
    assert again.field.value == "Mr <Li>, since May"


def test_a_note_may_be_a_choice() -> None:
    note = widgets.account_note("m98", "Stays?", ["wants to", "must"])
    assert repr(note) == "Stays?\n○ wants to\n○ must"
    note.account.value = "K01"
    note.button.click()
    assert progress.entries() == {}
    note.field.value = "must"
    note.button.click()
    again = widgets.account_note("m98", "Stays?", ["wants to", "must"])
    again.account.value = "K01"
    assert again.field.value == "must"
    again.account.value = "K02"
    assert again.field.value is None
    with pytest.raises(ArgumentError):
        widgets.account_note("m98", "Stays?", ["must"])
    with pytest.raises(ArgumentError):
        widgets.account_note("98", "Stays?")


def test_the_notes_on_accounts_are_listed() -> None:
    assert "Nothing has been noted yet" in repr(widgets.account_notes())
    for module, account, words in (("m05", "K02", "late"), ("m01", "K02", "<first>"), ("m01", "K01", "one")):
        progress.record(f"account/{module}/{account}", {"question": "Q?", "note": words})
    assert repr(widgets.account_notes()).splitlines() == [
        "Notes on the accounts",
        "Huarui · m01 · Q? · one",
        "Beichen · m01 · Q? · <first>",
        "Beichen · m05 · Q? · late",
    ]
    notes = widgets.account_notes("K02")
    assert repr(notes).splitlines() == ["Notes on Beichen", "m01 · Q? · <first>", "m05 · Q? · late"]
    assert "&lt;first&gt;" in well_formed(notes.html) and "Huarui" not in notes.html
    assert "关于“北宸”的笔记" in _in_chinese(lambda: repr(widgets.account_notes("K02")))
    assert "Nothing" in repr(widgets.account_notes("K03"))
    with pytest.raises(UnknownNameError):
        widgets.account_notes("K13")


def test_what_a_lesson_noted_is_on_the_list_and_on_the_account_page() -> None:
    asked = widgets.account_note("m05", "What may we never miss?")
    asked.account.value, asked.field.value = "K02", " Seals in 4 h "
    asked.button.click()
    assert repr(widgets.account_notes("K02")).endswith("m05 · What may we never miss? · Seals in 4 h")
    table = accounts.page("K02").table.set_index("module")
    assert table.loc["m05", ["question", "note"]].tolist() == ["What may we never miss?", "Seals in 4 h"]
    assert table["note"].notna().sum() == 1


# ---------------------------------------------------------------------------------- decision card


def test_a_decision_card_is_escaped_and_complete() -> None:
    parts = {
        "action": "Show <counter>",
        "owner": "A & B",
        "cost": "€ 4,000",
        "gain": "3–7",
        "stop": '"8 weeks"',
    }
    card = widgets.decision_card(**parts)
    assert repr(card).splitlines()[0] == "Action: Show <counter>"
    content = well_formed(card.html)
    assert "Show &lt;counter&gt;" in content and "A &amp; B" in content and content.count("scope='row'") == 5
    assert "background" not in content  # not printed, and unreadable on a dark theme
    assert _in_chinese(lambda: repr(widgets.decision_card(**parts))).startswith("行动: Show")


# ---------------------------------------------------------------------------------- a real kernel

CELLS = {
    "setup": "import warnings\nfrom csmodels_helpers import plots, progress, widgets\nplots.use_style()\n"
    "warnings.simplefilter('always')",
    "guess": "guess = widgets.predict('m98-worse', ['a', 'b'])\nguess",
    "values": "guess.values, guess.answered",
    "choose": "widgets.choose('m98-first', ['x', 'y'])",
    "explore": "def update(share):\n    ax = plots.axes()\n    ax.bar(['a'], [share])\n"
    "    return plots.label(ax, title='T', xlabel='x', ylabel='y', alt=f'Share {share}.')\n"
    "explorer = widgets.explore(update, share=(0, 10))\nexplorer",
    "move": "explorer.controls['share'].value = 7",
    "table": "import pandas as pd\nwidgets.explore(lambda n: pd.DataFrame({'n': [n]}), n=[41, 42])",
    "note": "widgets.account_note('m98', 'Who decides?')",
    "reveal": "widgets.reveal('m98-worse', {'a': 1, 'b': 2})",
    "replay": "widgets.replay('m98')",
    "broken": "widgets.explore(lambda n: 1 / n, n=[0, 1])",
    "kept": "progress.location() is not None, list(progress.entries())",
}


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("work")
    (folder / ".csmodels.json").write_text("{}", encoding="utf-8")
    cells = [nbformat.v4.new_code_cell(source, id=name) for name, source in CELLS.items()]
    cells[-2]["metadata"]["tags"] = ["raises-exception"]
    book = nbformat.v4.new_notebook(cells=cells)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NBGRADER_EXECUTION", raising=False)
        Client(
            book, timeout=60, startup_timeout=60, kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
        ).execute()  # fmt: skip
    return book


def outputs(notebook: Any, name: str) -> list[Any]:
    return next(cell["outputs"] for cell in notebook.cells if cell["id"] == name)


def test_widgets_work_with_nobody_in_front_of_them(notebook: Any) -> None:
    for name in ("guess", "choose", "note", "explore", "table"):
        (shown,) = outputs(notebook, name)  # one output: no warning, no stray text
        assert "application/vnd.jupyter.widget-view+json" in shown["data"], name
    assert outputs(notebook, "setup") == outputs(notebook, "move") == []
    assert outputs(notebook, "values")[0]["data"]["text/plain"] == "({'a': None, 'b': None}, False)"
    assert "You had not recorded a guess" in outputs(notebook, "reveal")[0]["data"]["text/plain"]
    assert "You recorded no predictions" in outputs(notebook, "replay")[0]["data"]["text/html"]
    assert outputs(notebook, "kept")[0]["data"]["text/plain"] == "(True, ['truth/m98-worse'])"


def test_the_picture_stands_in_the_output_area(notebook: Any) -> None:
    states = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    areas = [state["state"]["outputs"] for state in states if state["model_name"] == "OutputModel"]
    shown = json.dumps(areas)
    assert 'alt=\\"Share 7.\\"' in shown and 'alt=\\"Share 5.\\"' not in shown  # the last picture alone
    assert "<td>41</td>" in shown


def test_an_update_that_fails_stops_the_notebook(notebook: Any) -> None:
    errors = [output for output in outputs(notebook, "broken") if output["output_type"] == "error"]
    assert errors and errors[0]["ename"] == "ZeroDivisionError"
