"""Write the data sets again, or check over fresh seeds that the planted truths are recovered.

Every other module of this folder that has a ``NAME`` is a generator. It states its planted truth in
constants and has

- ``SEED``: of the shipped file; 0 if nothing is drawn at random;
- ``make(seed)``: the frame, or a dict "folder/table" → frame where ``NAME`` is a folder of tables, or
  "folder/file.ending" → bytes where it is a folder of raw exports;
- ``recover(made)``: what was looked for → :class:`common.Recovery`; it sees what a reader of the files sees.

``python datasets/generate/all.py [NAME …]``
    writes every CSV, or those named; fills bytes, hash, rows and shares missing into ``datapackage.json``
    and the table of columns into each data card.
``python datasets/generate/all.py --check``
    draws 100 fresh data sets of each generator; an interval must hold its truth in at least 93, a class or an
    order must be right in at least 95. A good 95 % interval misses that by chance in one case of eight, so a
    generator that falls short is judged again, by the same shares of 1,000. Leaves every file alone; ends
    with status 1 if something is not recovered.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import common
from tqdm import tqdm

MODULES = sorted(
    path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in ("all", "common")
)
GENERATORS = tuple(module for module in map(importlib.import_module, MODULES) if hasattr(module, "NAME"))
DRAWN = tuple(generator for generator in GENERATORS if generator.SEED)
NEEDED = {"interval": 0.93, "order": 0.95}
FIRST_FRESH_SEED = 1_000_000
TABLE_START = "<!-- columns{table}: written by generate/all.py -->"
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


def with_table(card: str, schema: list[dict[str, Any]], table: str = "") -> str:
    """Return the card with its table of columns renewed; a folder's card has one for each of its tables."""
    opening = TABLE_START.format(table=f" of {table}" if table else "")
    before, start, rest = card.partition(opening)
    _, end, after = rest.partition(TABLE_END)
    if not (start and end):
        raise ValueError(f"The card needs the two lines {opening} and {TABLE_END}.")
    return f"{before}{opening}\n{column_table(schema)}\n{TABLE_END}{after}"


def write_all(names: Iterable[str] = ()) -> None:
    """Write the CSVs, ``datapackage.json`` and the cards' tables; of the generators named, or of all."""
    frames: dict[str, Any] = {}
    wanted = list(names) or [generator.NAME for generator in GENERATORS]
    for generator in GENERATORS:
        if generator.NAME in wanted:
            for name, frame in common.tables(generator.NAME, generator.make(generator.SEED)).items():
                frames[name] = frame
                common.save(name, frame)
    package = common.read_package()
    for resource in package["resources"]:
        name = resource["name"]
        if name not in frames:
            continue
        content = (common.DATASETS / resource["path"]).read_bytes()
        resource["bytes"] = len(content)
        resource["hash"] = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if resource["type"] == "file":
            print(f"{name}: raw, {resource['bytes']:,} bytes, {resource['hash'][:19]}")
            continue
        resource["rows"] = len(frames[name])
        for field in resource["schema"]["fields"]:
            field["missing"] = round(float(frames[name][field["name"]].isna().mean()), 4)
        folder, _, table = name.partition("/")
        card = common.DATASETS / f"{folder}.md"
        text = with_table(card.read_text(encoding="utf-8"), resource["schema"]["fields"], table)
        card.write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {resource['rows']} rows, {resource['bytes']:,} bytes, {resource['hash'][:19]}")
    common.write_package(package)


def recoveries(generator: Any, seed: int) -> dict[str, common.Recovery]:
    """Draw one data set and look for its truths."""
    if hasattr(generator, "make_with_latent"):
        return generator.recover(*generator.make_with_latent(seed))
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


def check(seeds: int, names: Iterable[str] = ()) -> bool:
    """Whether every truth is recovered often enough."""
    good = True
    wanted = list(names) or [generator.NAME for generator in DRAWN]
    for generator in DRAWN:
        if generator.NAME not in wanted:
            continue
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
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these data sets")
    options = parser.parse_args()
    unknown = set(options.names) - {generator.NAME for generator in GENERATORS}
    if unknown:
        parser.error(f"no generator {', '.join(sorted(unknown))}")
    if options.check:
        return 0 if check(options.seeds, options.names) else 1
    write_all(options.names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
