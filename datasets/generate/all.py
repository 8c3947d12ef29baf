"""Write every data set again, or check over fresh seeds that the planted truths are recovered.

``python datasets/generate/all.py``
    writes every CSV; fills bytes, hash, rows and shares missing into ``datapackage.json`` and the table of
    columns into each data card.
``python datasets/generate/all.py --check``
    draws 100 fresh data sets of each generator; an interval must hold its truth in at least 93, a class or an
    order must be right in at least 95. A good 95 % interval misses that by chance in one case of eight, so a
    generator that falls short is judged again, by the same shares of 1,000. Leaves every file alone; ends
    with status 1 if something is not recovered.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import defaultdict
from typing import Any

import common
import first_survey
import key_accounts
import pandas as pd
import restaurant_kano
import retailer_orders
import telco_churn
from tqdm import tqdm

GENERATORS = (key_accounts, first_survey, retailer_orders, restaurant_kano, telco_churn)
# Only these draw at random; the other files are the same whatever the seed.
DRAWN = (retailer_orders, restaurant_kano)
NEEDED = {"interval": 0.93, "order": 0.95}
FIRST_FRESH_SEED = 1_000_000
TABLE_START = "<!-- columns: written by generate/all.py -->"
TABLE_END = "<!-- /columns -->"


def column_table(schema: list[dict[str, Any]]) -> str:
    """Return the card's table of columns, in Markdown."""
    lines = [
        "| column | meaning | unit, range or levels | type | missing |",
        "| --- | --- | --- | --- | --- |",
    ]
    for field in schema:
        limits = field["constraints"]
        if "categories" in field:
            values = " < ".join(f"`{level}`" for level in field["categories"])
        elif "enum" in limits:
            values = ", ".join(f"`{level}`" for level in limits["enum"])
        elif "maximum" in limits:
            values = f"{limits['minimum']} to {limits['maximum']}"
        elif "minimum" in limits:
            values = f"{limits['minimum']} or more"
        else:
            values = ""
        if "unit" in field:
            values = f"{field['unit']}, {values}".removesuffix(", ")
        kind = "ordered category" if field.get("categoriesOrdered") else field["type"]
        missing = f"{field['missing']:.1%}" if field["missing"] else "none"
        meaning = f"{field['title']} {field['title_zh_CN']}"
        lines.append(f"| `{field['name']}` | {meaning} | {values} | {kind} | {missing} |")
    return "\n".join(lines)


def with_table(card: str, schema: list[dict[str, Any]]) -> str:
    """Return the card with its table of columns renewed."""
    before, start, rest = card.partition(TABLE_START)
    _, end, after = rest.partition(TABLE_END)
    if not (start and end):
        raise ValueError(f"The card needs the two lines {TABLE_START} and {TABLE_END}.")
    return f"{before}{TABLE_START}\n{column_table(schema)}\n{TABLE_END}{after}"


def write_all() -> None:
    """Write every CSV, ``datapackage.json`` and the cards' tables."""
    frames: dict[str, pd.DataFrame] = {}
    for generator in GENERATORS:
        frames[generator.NAME] = generator.make(generator.SEED)
        common.save(generator.NAME, frames[generator.NAME])
    package = common.read_package()
    for resource in package["resources"]:
        name = resource["name"]
        content = (common.DATASETS / resource["path"]).read_bytes()
        resource["bytes"] = len(content)
        resource["hash"] = f"sha256:{hashlib.sha256(content).hexdigest()}"
        resource["rows"] = len(frames[name])
        for field in resource["schema"]["fields"]:
            field["missing"] = round(float(frames[name][field["name"]].isna().mean()), 4)
        card = common.DATASETS / f"{name}.md"
        text = with_table(card.read_text(encoding="utf-8"), resource["schema"]["fields"])
        card.write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {resource['rows']} rows, {resource['bytes']:,} bytes, {resource['hash'][:19]}")
    common.write_package(package)


def recoveries(generator: Any, seed: int) -> dict[str, common.Recovery]:
    """Draw one data set and look for its truths."""
    if generator is retailer_orders:
        return retailer_orders.recover(*retailer_orders.make_with_latent(seed))
    return generator.recover(generator.make(seed))


def count(generator: Any, seeds: int) -> dict[str, tuple[int, str]]:
    """Count in how many fresh data sets each truth is recovered."""
    hits: defaultdict[str, int] = defaultdict(int)
    kinds: dict[str, str] = {}
    fresh = range(FIRST_FRESH_SEED, FIRST_FRESH_SEED + seeds)
    for seed in tqdm(fresh, desc=generator.NAME, unit="data set"):
        for what, recovery in recoveries(generator, seed).items():
            hits[what] += recovery.ok
            kinds[what] = recovery.kind
    return {what: (hits[what], kinds[what]) for what in hits}


def report(name: str, counts: dict[str, tuple[int, str]], seeds: int) -> bool:
    """Print how often each truth was recovered; return whether that is often enough for all."""
    good = True
    for what, (hit, kind) in counts.items():
        enough = hit / seeds >= NEEDED[kind]
        good = good and enough
        print(f"{'ok   ' if enough else 'SHORT'} {hit}/{seeds} {kind:8} {name}: {what}")
    return good


def check(seeds: int) -> bool:
    """Whether every truth is recovered often enough."""
    good = True
    for generator in DRAWN:
        enough = report(generator.NAME, count(generator, seeds), seeds)
        if not enough:
            enough = report(generator.NAME, count(generator, 10 * seeds), 10 * seeds)
        good = good and enough
    return good


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="check recovery over fresh seeds, write nothing")
    parser.add_argument("--seeds", type=int, default=100, help="how many fresh seeds (default 100)")
    options = parser.parse_args()
    if options.check:
        return 0 if check(options.seeds) else 1
    write_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
