"""Write ``first_survey``: the first small survey of the twelve accounts. Nothing here is drawn at random."""

from __future__ import annotations

import numpy as np
import pandas as pd
from common import Recovery, order, save, table

NAME = "first_survey"
SEED = 0

COLUMNS = ("account", "contact", "role", "csat", "nps", "comment")
NO = np.nan

ANSWERS = (
    ("K01", "K01-01", "decider", NO, NO, None),
    ("K01", "K01-02", "user", 5, 9, "The night shift got its seal in four hours."),
    ("K01", "K01-03", "user", 4, 9, "操作简单，培训到位。"),
    ("K01", "K01-04", "technical", 4, 8, "Drawings arrive complete."),
    ("K02", "K02-01", "decider", 4, 8, "价格偏高，但省心。"),
    ("K02", "K02-02", "buyer", 3, 6, "Three reminders for one invoice."),
    ("K02", "K02-03", "technical", 5, 9, None),
    ("K03", "K03-01", "decider", 4, 9, "They told us about the delay before we asked."),
    ("K03", "K03-02", "user", 3, 7, "备件到得太慢。"),
    ("K03", "K03-03", "buyer", 4, 8, None),
    ("K03", "K03-04", "technical", 4, 7, "Good engineers, slow portal."),
    ("K04", "K04-01", "decider", 3, 6, "I hear of you when the contract ends."),
    ("K04", "K04-02", "user", 4, 8, None),
    ("K04", "K04-03", "buyer", 3, 7, "交货期一改再改。"),
    ("K05", "K05-01", "decider", NO, NO, None),
    ("K05", "K05-02", "user", 4, 8, "Runs without a murmur."),
    ("K05", "K05-03", "buyer", NO, NO, None),
    ("K05", "K05-04", "technical", 5, 10, "现场工程师很专业。"),
    ("K06", "K06-01", "decider", 5, 9, "我们去年扩产，你们没有掉链子。"),
    ("K06", "K06-02", "user", 4, 8, None),
    ("K06", "K06-03", "buyer", 4, 7, "Fair, not cheap."),
    ("K07", "K07-01", "decider", 2, 3, "Two pumps, two leaks, one apology."),
    ("K07", "K07-02", "user", 3, 5, "漏水之后没人回电话。"),
    ("K07", "K07-03", "technical", 3, 6, None),
    ("K08", "K08-01", "decider", 4, 8, "Keep the same team on site."),
    ("K08", "K08-02", "user", 5, 9, None),
    ("K08", "K08-03", "buyer", 4, 8, "年度框架协议谈得顺利。"),
    ("K08", "K08-04", "technical", 4, 9, "Best documentation of our suppliers."),
    ("K09", "K09-01", "decider", NO, NO, None),
    ("K09", "K09-02", "user", 4, 9, "清洗很方便。"),
    ("K09", "K09-03", "technical", NO, NO, None),
    ("K10", "K10-01", "decider", 3, 5, "没有别的选择。"),
    ("K10", "K10-02", "user", 2, 4, "Winter hotline: forty minutes of music."),
    ("K10", "K10-03", "technical", 3, 6, None),
    ("K11", "K11-01", "decider", 4, 8, "Faster quotes, please."),
    ("K11", "K11-02", "buyer", 4, 7, None),
    ("K11", "K11-03", "technical", NO, NO, None),
    ("K12", "K12-01", "decider", 5, 10, "出了问题，第二天就有人到现场。"),
    ("K12", "K12-02", "user", 4, 9, "Easy to clean, easy to like."),
    ("K12", "K12-03", "buyer", 4, 8, None),
)

SILENT_DECIDERS = ("K01", "K05", "K09")
ANSWERED = 34
TOP2 = 24
PROMOTERS, PASSIVES, DETRACTORS = 11, 15, 8


def make(seed: int = SEED) -> pd.DataFrame:
    """Return the table; the seed changes nothing."""
    del seed
    return table(NAME, dict(zip(COLUMNS, map(list, zip(*ANSWERS, strict=True)), strict=True)))


def recover(frame: pd.DataFrame) -> dict[str, Recovery]:
    """Look for what the card states."""
    silent = frame.loc[frame["role"].eq("decider") & frame["csat"].isna(), "account"]
    nps = frame["nps"].dropna()
    return {
        "silent deciders": order(tuple(silent), SILENT_DECIDERS),
        "answered": order(int(frame["csat"].notna().sum()), ANSWERED),
        "scores of 4 and 5": order(int(frame["csat"].ge(4).sum()), TOP2),
        "promoters, passives, detractors": order(
            (int(nps.ge(9).sum()), int(nps.between(7, 8).sum()), int(nps.le(6).sum())),
            (PROMOTERS, PASSIVES, DETRACTORS),
        ),
    }


if __name__ == "__main__":
    print(save(NAME, make()))
