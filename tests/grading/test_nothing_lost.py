"""Whatever is killed, and whenever: the next run ends in the same gradebook, row for row."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from killing import VICTIMS, Range, Victim

SEED = 7
POINTS = 200
# Dask closes sockets when it likes, in threads of its own.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.xdist_group("nothing lost"),
]

# On every run of the tests; the others' on the build machine: `make thorough`.
FEW = {"grader": 4, "trainee's process": 1, "collect": 3}


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Generator[Range]:
    with Range(tmp_path_factory.mktemp("killed")) as found:
        yield found


def kill(field: Range, victim: Victim, number: int, seed: int) -> None:
    failed: list[str] = []
    hits = 0
    for chain in field.chains(victim, number, seed):
        print(chain, flush=True)
        hits += chain.hits
        failed += [str(chain)] if chain.problems else []
    assert hits == number
    assert not failed, "\n".join(failed)


@pytest.mark.grading
@pytest.mark.parametrize(
    "victim",
    [
        pytest.param(one, id=one.name, marks=[] if one.name in FEW else pytest.mark.thorough)
        for one in VICTIMS
    ],
)
def test_a_few_deaths(field: Range, victim: Victim) -> None:
    kill(field, victim, FEW.get(victim.name, 1), SEED)


@pytest.mark.kills
@pytest.mark.parametrize("victim", [pytest.param(one, id=one.name) for one in VICTIMS])
def test_two_hundred_deaths(field: Range, victim: Victim) -> None:
    assert sum(one.weight for one in VICTIMS) == 100
    kill(field, victim, POINTS * victim.weight // 100, SEED + 1)
