"""The comments: sentences in two languages, with what they are meant to say."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from statsmodels.stats.inter_rater import cohens_kappa

from csmodels_helpers.datasets import data_card, load_dataset

SENTENCES = Path(__file__).resolve().parents[2] / "datasets" / "generate" / "retailer_comments.toml"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_a_template_means_one_thing():
    frame = load_dataset("retailer_comments")
    meant = frame.groupby("template")[["language", "topic", "polarity"]].nunique()
    assert meant.eq(1).all(axis=None)
    assert frame["template"].nunique() == 144
    assert not frame["text"].str.contains(r"[{}]").any()
    assert frame["text"].str.contains(CHINESE).equals(frame["language"].eq("zh"))
    assert not frame.loc[frame["language"].eq("zh"), "text"].str.contains("[,!?;]").any()


def test_every_sentence_stands_once():
    written = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))
    every = [
        sentence
        for language in written["sentences"].values()
        for topic in language.values()
        for sentences in topic.values()
        for sentence in sentences
    ]
    mixed = [
        (topic, second, sentence)
        for language in written["mixed"].values()
        for topic, polarities in language.items()
        for sentence, second in polarities.values()
    ]
    every += [sentence for *_, sentence in mixed]
    assert len(every) == len(set(every)) == 144
    assert all(topic != second for topic, second, _ in mixed)


def test_a_second_topic_is_another_one():
    frame = load_dataset("retailer_comments")
    two = frame[frame["second_topic"].notna()]
    assert len(two) > 100
    assert (two["topic"] != two["second_topic"]).all()
    assert two["template"].str.endswith("-mixed").all()
    assert not two["polarity"].eq("neutral").any()


def test_stars_follow_the_polarity_and_the_coders_err():
    frame = load_dataset("retailer_comments")
    stars = frame.groupby("polarity")["score"].mean()
    assert stars["negative"] < 2 < 2.7 < stars["neutral"] < 3.4 < 4.4 < stars["positive"]
    for coder in ("coder_a", "coder_b"):
        codes = frame.groupby([coder, "polarity"]).size().unstack().to_numpy()
        assert 0.82 < cohens_kappa(codes).kappa < 0.91  # √0.75 = 0.866 against the truth
    truth = str(data_card("retailer_comments", truth=True)).partition("## Planted truth")[2]
    for number in ("delivery 34 %", "κ = 0.75", "42.8, 20.6 and 36.6 %", "Seed 20250204"):
        assert number in truth
