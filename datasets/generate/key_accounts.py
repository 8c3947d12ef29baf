"""Write ``key_accounts``: the twelve key accounts that the course follows. Nothing is drawn at random."""

from __future__ import annotations

import pandas as pd
from common import Recovery, order, save, table

NAME = "key_accounts"
SEED = 0

COLUMNS = (
    "account",
    "name",
    "name_zh",
    "industry",
    "city",
    "since",
    "revenue_cny_million",
    "contract_end",
    "contacts",
    "account_manager",
)

# Fictional firms; any likeness is chance. `supplier_accounts` must repeat these rows as they stand.
ACCOUNTS = (
    ("K01", "Huarui", "华瑞", "pharmaceuticals", "Suzhou", 2014, 38.4, "2026-06-30", 10, "Lin Yue"),
    ("K02", "Beichen", "北宸", "water utility", "Tianjin", 2011, 29.7, "2027-12-31", 8, "Lin Yue"),
    ("K03", "Qingfan", "青帆", "shipbuilding", "Qingdao", 2016, 26.2, "2026-12-31", 12, "Zhou Kai"),
    ("K04", "Songyan", "松砚", "paper", "Wuhan", 2018, 14.8, "2026-09-30", 7, "Gao Min"),
    ("K05", "Dongyao", "东曜", "semiconductors", "Hefei", 2020, 33.1, "2026-03-31", 9, "Zhou Kai"),
    ("K06", "Jinhe", "锦禾", "food", "Changsha", 2015, 17.5, "2027-06-30", 11, "Gao Min"),
    ("K07", "Linhai", "霖海", "desalination", "Xiamen", 2019, 12.3, "2026-12-31", 6, "Zhou Kai"),
    ("K08", "Hengzhou", "衡舟", "chemicals", "Ningbo", 2012, 41.9, "2027-03-31", 14, "Lin Yue"),
    ("K09", "Zhaolan", "昭岚", "brewing", "Chengdu", 2017, 9.6, "2026-06-30", 8, "Gao Min"),
    ("K10", "Tianxu", "天叙", "district heating", "Shenyang", 2013, 11.2, "2027-09-30", 5, "Gao Min"),
    ("K11", "Luoxi", "洛溪", "battery materials", "Foshan", 2021, 22.6, "2026-09-30", 9, "Zhou Kai"),
    ("K12", "Yuanmu", "远牧", "dairy", "Hohhot", 2016, 15.4, "2027-12-31", 7, "Lin Yue"),
)

TOTAL_REVENUE = 272.7
REVENUE_ENDING_2026 = 157.0
LARGEST = "Hengzhou"


def make(seed: int = SEED) -> pd.DataFrame:
    """Return the table; the seed changes nothing."""
    del seed
    return table(NAME, dict(zip(COLUMNS, map(list, zip(*ACCOUNTS, strict=True)), strict=True)))


def recover(frame: pd.DataFrame) -> dict[str, Recovery]:
    """Look for what the card states."""
    revenue = frame.set_index("name")["revenue_cny_million"]
    ending = frame.loc[frame["contract_end"] <= pd.Timestamp("2026-12-31"), "revenue_cny_million"].sum()
    return {
        "total revenue": order(round(float(revenue.sum()), 1), TOTAL_REVENUE),
        "revenue under contracts that end in 2026": order(round(float(ending), 1), REVENUE_ENDING_2026),
        "largest account": order(revenue.idxmax(), LARGEST),
    }


if __name__ == "__main__":
    print(save(NAME, make()))
