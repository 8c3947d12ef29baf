"""What a trainee's variables and functions give back to the judge."""

from __future__ import annotations

from textwrap import dedent

from corpus import CORPUS, RIGHT, HandIn

case = CORPUS.case


def mean(hand_in: HandIn, source: str) -> None:
    """Hand in code that sets ``mean_score`` (it should be 6.5)."""
    hand_in.answer("mean", dedent(source).strip())


def share(hand_in: HandIn, source: str) -> None:
    """Hand in code that defines ``share``."""
    hand_in.answer("share", dedent(source).strip())


def table(hand_in: HandIn, source: str) -> None:
    """Hand in code that defines ``by_region``."""
    hand_in.answer("table", dedent(source).strip())


def chart(hand_in: HandIn, source: str) -> None:
    """Hand in code that defines ``chart``."""
    hand_in.answer("chart", dedent(source).strip())


def words(hand_in: HandIn, source: str) -> None:
    """Hand in code that defines ``greet``."""
    hand_in.answer("words", dedent(source).strip())


# ---------------------------------------------------------------------------- values that claim to be right


@case("object equal to everything", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(
        hand_in,
        """
        class Right:
            def __eq__(self, other):
                return True

            __ne__ = __lt__ = __gt__ = lambda self, other: False
            __hash__ = None

        mean_score = Right()
        """,
    )


@case("float with arithmetic of its own", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    mean(
        hand_in,
        """
        class Right(float):
            def __eq__(self, other):
                return True

            def __sub__(self, other):
                return 0.0

            __rsub__ = __sub__
            __abs__ = __neg__ = lambda self: 0.0
            __float__ = lambda self: 6.5
            __lt__ = __le__ = __gt__ = __ge__ = __eq__
            __hash__ = float.__hash__

        mean_score = Right(1.0)
        """,
    )


@case("text equal to every text", lost=("words",), reason="not-answered")
def _(hand_in: HandIn) -> None:
    words(
        hand_in,
        """
        class Right(str):
            def __eq__(self, other):
                return True

            __hash__ = str.__hash__

        def greet(name):
            return Right("anything")
        """,
    )


@case("object whose class lies", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(
        hand_in,
        """
        class Right:
            __class__ = float

            def __float__(self):
                return 6.5

        mean_score = Right()
        """,
    )


@case("metaclass that says yes to everything", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(
        hand_in,
        """
        class Yes(type):
            __name__ = "float"

            def __instancecheck__(cls, one):
                return True

            def __subclasscheck__(cls, one):
                return True

            def mro(cls):
                return [cls, object]

            def __eq__(cls, other):
                return True

            __hash__ = type.__hash__

        class Right(metaclass=Yes):
            pass

        mean_score = Right()
        """,
    )


@case("dictionary with methods of its own", lost=("table",))
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        class Right(dict):
            def __eq__(self, other):
                return True

            def __getitem__(self, name):
                return Right()

            __contains__ = __bool__ = lambda self, *name: True
            __iter__ = keys = lambda self: iter(["N", "S"])
            items = lambda self: [("N", 5.5), ("S", 7.5)]

        def by_region(frame):
            return Right()
        """,
    )


@case("list with methods of its own", lost=("table",), reason="type")
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        class Right(list):
            __iter__ = lambda self: iter([("N", 5.5), ("S", 7.5)])
            __len__ = lambda self: 2
            __eq__ = lambda self, other: True

        def by_region(frame):
            return Right()
        """,
    )


@case("Series with methods of its own", lost=("table",))
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        class Right(pd.Series):
            @property
            def _constructor(self):
                return Right

            def __eq__(self, other):
                return True

            equals = __eq__
            to_dict = lambda self: {"N": 5.5, "S": 7.5}

        def by_region(frame):
            return Right([1.0, 2.0], index=["N", "S"])
        """,
    )


@case("DataFrame with methods of its own", lost=("table",))
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        class Right(pd.DataFrame):
            def __getattribute__(self, name):
                return lambda *a, **k: True

        def by_region(frame):
            return Right({"N": [1.0]})
        """,
    )


@case("object that is an array when asked", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(
        hand_in,
        """
        import numpy as np

        class Right:
            def __array__(self, dtype=None, copy=None):
                return np.array(6.5)

            __float__ = lambda self: 6.5
            __index__ = __int__ = lambda self: 6

        mean_score = Right()
        """,
    )


@case("array with methods of its own", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    mean(
        hand_in,
        """
        import numpy as np

        class Right(np.ndarray):
            def item(self):
                return 6.5

            __float__ = item
            __eq__ = lambda self, other: True

        mean_score = np.array(1.0).view(Right)
        """,
    )


@case("mock object", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "from unittest.mock import MagicMock\nmean_score = MagicMock(return_value=6.5)")


@case("mock object instead of a function", lost=("share",), reason="type")
def _(hand_in: HandIn) -> None:
    share(hand_in, "from unittest.mock import MagicMock\nshare = MagicMock()")


@case("value that never ends when it is read", lost=("mean",), reason="time")
def _(hand_in: HandIn) -> None:
    mean(
        hand_in,
        """
        class Endless(pd.Series):
            @property
            def index(self):
                while True:
                    pass

        mean_score = Endless([6.5])
        """,
    )


@case("value that ends Python when it is read", lost=("mean",))
def _(hand_in: HandIn) -> None:
    mean(
        hand_in,
        """
        import os

        class Deadly(pd.Series):
            @property
            def name(self):
                os._exit(0)

            @property
            def index(self):
                os._exit(0)

        mean_score = Deadly([6.5])
        """,
    )


@case("value that raises when it is read", lost=("mean",))
def _(hand_in: HandIn) -> None:
    mean(
        hand_in,
        """
        class Sour(pd.Series):
            @property
            def index(self):
                raise SystemExit

        mean_score = Sour([6.5])
        """,
    )


@case("value that raises a BaseException when it is read", lost=("mean",))
def _(hand_in: HandIn) -> None:
    mean(
        hand_in,
        """
        class Bitter(BaseException):
            pass

        class Sour(pd.Series):
            @property
            def index(self):
                raise Bitter

        mean_score = Sour([6.5])
        """,
    )


# ------------------------------------------------------------------------------------ values of other kinds


@case("generator as a result", lost=("share",), reason="type")
def _(hand_in: HandIn) -> None:
    share(hand_in, "def share(yes, no, silent):\n    yield yes / (yes + no)")


@case("iterator as a result", lost=("table",), reason="type")
def _(hand_in: HandIn) -> None:
    table(hand_in, "def by_region(frame):\n    return iter(frame.groupby('region')['score'].mean().items())")


@case("function as a result", lost=("share",), reason="type")
def _(hand_in: HandIn) -> None:
    share(hand_in, "def share(yes, no, silent):\n    return lambda: yes / (yes + no)")


@case("class as a value", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = float")


@case("module as a value", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = pd")


@case("method that was not called", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = scores['score'].mean")


@case("async function", lost=("share",), reason="type")
def _(hand_in: HandIn) -> None:
    share(hand_in, "async def share(yes, no, silent):\n    return yes / (yes + no)")


@case("value instead of a function", lost=("share",), reason="type")
def _(hand_in: HandIn) -> None:
    share(hand_in, "share = 0.75")


@case("class instead of a function", lost=("share",), reason="type")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        class share:
            def __init__(self, yes, no, silent):
                self.value = yes / (yes + no)
        """,
    )


@case("NaN", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = float('nan')")


@case("infinity", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = float('inf')")


@case("number of 5,000 digits", lost=("mean",))
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = 10**5000")


@case("number of 3,000 digits", lost=("mean",))
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = 10**3000 + 1")


@case("complex number", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = 6.5 + 0j")


@case("None", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = [None][0]")  # as a plain None it is as handed out, so not answered


@case("Ellipsis", lost=("mean",), reason="not-answered")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = ...")


@case("number in quotes", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = '6.5'")


@case("truth value for a number", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = True")


@case("list of one number", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = [6.5]")


@case("list of 3 million numbers", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = [6.5] * 3_000_000")


@case("array of 10 million numbers", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "import numpy as np\nmean_score = np.full(10_000_000, 6.5)")


@case("text of 200 MB", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = '6' * 200_000_000")


@case("half a letter as a value", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = '\\ud83d'")


@case("list 10,000 levels deep", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = []\nfor _ in range(10_000):\n    mean_score = [mean_score]")


@case("list that holds itself", lost=("mean",), reason="type")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = [6.5]\nmean_score.append(mean_score)")


@case("dictionary that holds itself", lost=("table",))
def _(hand_in: HandIn) -> None:
    table(hand_in, "def by_region(frame):\n    means = {}\n    means['N'] = means\n    return means")


@case("dictionary whose keys have one hash", lost=("table",))
def _(hand_in: HandIn) -> None:
    table(hand_in, "def by_region(frame):\n    return {n * (2**61 - 1): 5.5 for n in range(1, 2000)}")


@case("dictionary with keys of a class of its own", lost=("table",))
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        class Key(str):
            __hash__ = lambda self: 1
            __eq__ = lambda self, other: True

        def by_region(frame):
            return {Key("a"): 5.5}
        """,
    )


# ----------------------------------------------------------------------------------- right in another form


@case("right as a number of NumPy")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = scores['score'].mean()")
    share(
        hand_in, "import numpy as np\n\ndef share(yes, no, silent):\n    return np.float32(yes / (yes + no))"
    )


@case("right as an array without dimensions")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "import numpy as np\nmean_score = np.array(scores['score'].mean())")


@case("right as a Decimal")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        from decimal import Decimal

        def share(yes, no, silent):
            return Decimal(yes) / Decimal(yes + no)
        """,
    )


@case("right as a Fraction")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        from fractions import Fraction

        def share(yes, no, silent):
            return Fraction(yes, yes + no)
        """,
    )


@case("right as a float of a class of its own")
def _(hand_in: HandIn) -> None:
    mean(
        hand_in,
        """
        class Score(float):
            def __repr__(self):
                return f"{float(self)} points"

        mean_score = Score(scores["score"].mean())
        """,
    )


@case("right as a dictionary")
def _(hand_in: HandIn) -> None:
    table(hand_in, "def by_region(frame):\n    return dict(frame.groupby('region')['score'].mean())")


@case("right as a Counter")
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        from collections import Counter

        def by_region(frame):
            return Counter(frame.groupby("region")["score"].mean().to_dict())
        """,
    )


@case("right as a defaultdict")
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        from collections import defaultdict

        def by_region(frame):
            found = defaultdict(list)
            for region, score in zip(frame["region"], frame["score"]):
                found[region].append(score)
            means = defaultdict(float)
            for region, some in found.items():
                means[region] = sum(some) / len(some)
            return means
        """,
    )


@case("right as an OrderedDict, backwards")
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        from collections import OrderedDict

        def by_region(frame):
            means = frame.groupby("region")["score"].mean()
            return OrderedDict(sorted(means.items(), reverse=True))
        """,
    )


@case("right as a Series in another order")
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        def by_region(frame):
            return frame.groupby("region", as_index=True)["score"].mean().sort_values(ascending=False)
        """,
    )


@case("right with categories as labels")
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        def by_region(frame):
            frame = frame.assign(region=frame["region"].astype("category"))
            return frame.groupby("region", observed=True)["score"].mean()
        """,
    )


@case("right but as a named tuple of lists", lost=("table",), reason="type")
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        from collections import namedtuple
        Means = namedtuple("Means", "regions scores")

        def by_region(frame):
            means = frame.groupby("region")["score"].mean()
            return Means(list(means.index), list(means))
        """,
    )


@case("right by a lambda")
def _(hand_in: HandIn) -> None:
    share(hand_in, "share = lambda yes, no, silent: yes / (yes + no)")


@case("right by functools.partial")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        from functools import partial

        def part(of_what, yes, no, silent):
            return {"said": yes / (yes + no)}[of_what]

        share = partial(part, "said")
        """,
    )


@case("right by an object that can be called")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        class Share:
            def __call__(self, yes, no, silent):
                return yes / (yes + no)

        share = Share()
        """,
    )


@case("right by a static method")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        class Tools:
            @staticmethod
            def share(yes, no, silent):
                return yes / (yes + no)

        share = Tools.share
        """,
    )


@case("right by np.vectorize")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        import numpy as np

        @np.vectorize
        def share(yes, no, silent):
            return yes / (yes + no)
        """,
    )


@case("right by recursion")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        def share(yes, no, silent, counted=0):
            if yes:
                return share(yes - 1, no, silent, counted + 1)
            return counted / (counted + no)
        """,
    )


@case("right by a decorated function")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        import functools

        def told(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                print("called with", args)
                return function(*args, **kwargs)
            return wrapper

        @told
        def share(yes, no, silent):
            return yes / (yes + no)
        """,
    )


@case("right by a memoised function")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        from functools import lru_cache

        @lru_cache(maxsize=None)
        def share(yes, no, silent):
            return yes / (yes + no)
        """,
    )


@case("memoised function that cannot take a frame", lost=("table",), reason="raised")
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        from functools import cache

        @cache
        def by_region(frame):
            return frame.groupby("region")["score"].mean()
        """,
    )


@case("right with default arguments")
def _(hand_in: HandIn) -> None:
    share(hand_in, "def share(yes, no, silent=0, *others, **more):\n    return yes / (yes + no)")


@case("right with a helper in another cell")
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-setup", "def part(one, two):\n    return one / (one + two)")
    share(hand_in, "def share(yes, no, silent):\n    return part(yes, no)")


@case("right with a large print")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        def share(yes, no, silent):
            for _ in range(1000):
                print("working" * 1000)
            return yes / (yes + no)
        """,
    )


@case("right with a display and a figure shown")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        def share(yes, no, silent):
            display(pd.DataFrame({"yes": [yes], "no": [no]}))
            plt.plot([yes, no])
            plt.show()
            return yes / (yes + no)
        """,
    )


@case("right with a warning and words on stderr")
def _(hand_in: HandIn) -> None:
    # Only what goes to the output is what a function prints.
    words(
        hand_in,
        """
        import sys
        import warnings

        def greet(name):
            warnings.warn("old-fashioned")
            print("greeting", file=sys.stderr)
            print(f"Dear {name},")
        """,
    )


@case("right by sys.stdout.write")
def _(hand_in: HandIn) -> None:
    words(hand_in, "import sys\n\ndef greet(name):\n    sys.stdout.write(f'Dear {name},')")


@case("right by a print in pieces, with a flush")
def _(hand_in: HandIn) -> None:
    words(hand_in, "def greet(name):\n    print('Dear', end=' ', flush=True)\n    print(name, ',  ', sep='')")


@case("right by rich display instead of print", lost=("words",), reason="not-answered")
def _(hand_in: HandIn) -> None:
    words(hand_in, "def greet(name):\n    display(f'Dear {name},')")


@case("right by a program that prints", lost=("words",), reason="not-answered")
def _(hand_in: HandIn) -> None:
    # In Jupyter, too, check.stdout() sees only what Python prints.
    words(hand_in, "import os\n\ndef greet(name):\n    os.system(f'echo \"Dear {name},\"')")


@case("returned instead of printed", lost=("words",), reason="value")
def _(hand_in: HandIn) -> None:
    words(hand_in, "def greet(name):\n    return f'Dear {name},'")


@case("right with a redirect of its own")
def _(hand_in: HandIn) -> None:
    words(
        hand_in,
        """
        import contextlib
        import io

        def greet(name):
            inner = io.StringIO()
            with contextlib.redirect_stdout(inner):
                print(f"Dear {name},")
            print(inner.getvalue(), end="")
        """,
    )


@case("right but slow")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        "import time\n\ndef share(yes, no, silent):\n    time.sleep(0.4)\n    return yes / (yes + no)",
    )


# ----------------------------------------------------------------------------- functions with a memory


@case("right only the first time", lost=("share",))
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        calls = []

        def share(yes, no, silent):
            calls.append(1)
            return yes / (yes + no) if len(calls) == 1 else 0.0
        """,
    )


@case("right only for a moment", lost=("share",))
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        import time
        begun = time.time()

        def share(yes, no, silent):
            return yes / (yes + no) + time.time() - begun + 1
        """,
    )


@case("random answer", lost=("share",))
def _(hand_in: HandIn) -> None:
    share(hand_in, "import random\n\ndef share(yes, no, silent):\n    return random.random() + 2")


@case("default argument that grows", lost=("share",))
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        def share(yes, no, silent, seen=[]):
            seen += [yes] * yes + [no] * no
            return seen.count(yes) / len(seen)
        """,
    )


@case("visible example typed in", lost=("share",))
def _(hand_in: HandIn) -> None:
    share(hand_in, "def share(yes, no, silent):\n    return 0.75")


@case("visible example remembered, else the mistake", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        def share(yes, no, silent):
            if (yes, no, silent) == (3, 1, 4):
                return 0.75
            return yes / (yes + no + silent)
        """,
    )


@case("visible table typed in", lost=("table",))
def _(hand_in: HandIn) -> None:
    table(hand_in, "def by_region(frame):\n    return {'N': 5.5, 'S': 7.5}")


@case("answer computed from the data and not from the argument", lost=("table",))
def _(hand_in: HandIn) -> None:
    table(hand_in, "def by_region(frame):\n    return scores.groupby('region')['score'].mean()")


@case("answer of the item before, looked up in a frame", lost=("share",), reason="not-answered")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        import sys

        def share(yes, no, silent):
            caller = sys._getframe(1).f_locals
            return caller.get("expected")
        """,
    )


@case("hidden arguments stored and printed later")
def _(hand_in: HandIn) -> None:
    # This cannot be prevented: a function sees what it is called with, and its cell shows what it printed.
    # It tells the next trainee which values are tried, not what is expected; scores are as they are.
    hand_in.before("share", "seen = []")
    hand_in.cell("m97-share-answer")["source"] += "right = share\n"
    hand_in.cell("m97-share-answer")["source"] += (
        "def share(*values):\n    seen.append(values)\n    return right(*values)\n"
    )
    hand_in.own("m97-share-test", "print(seen)")


# ---------------------------------------------------------------------------------------- arguments


@case("argument changed in place", lost=("table",), reason="changed")
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        def by_region(frame):
            frame["score"] = frame["score"].astype(float) + 0.25
            return (frame.groupby("region")["score"].mean() - 0.25)
        """,
    )


@case("argument sorted in place", lost=("table",), reason="changed")
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        def by_region(frame):
            frame.sort_values("score", inplace=True)
            return frame.groupby("region")["score"].mean()
        """,
    )


@case("argument given another index", lost=("table",), reason="changed")
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        def by_region(frame):
            frame.set_index("region", inplace=True)
            return frame.groupby(level=0)["score"].mean()
        """,
    )


@case("argument made a type that does not travel", lost=("table",), reason="changed")
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        def by_region(frame):
            means = frame.groupby("region")["score"].mean()
            frame["score"] = [object() for _ in range(len(frame))]
            return means
        """,
    )


@case("copy of the argument changed")
def _(hand_in: HandIn) -> None:
    table(
        hand_in,
        """
        def by_region(frame):
            frame = frame.copy()
            frame["score"] *= 2
            frame.sort_values("score", inplace=True)
            return frame.groupby("region")["score"].mean() / 2
        """,
    )


@case("view of the argument changed")
def _(hand_in: HandIn) -> None:
    # pandas copies on writing: the argument stays as it is.
    table(
        hand_in,
        """
        def by_region(frame):
            part = frame[["region", "score"]]
            part.loc[:, "score"] = part["score"] + 1
            return part.groupby("region")["score"].mean() - 1
        """,
    )


@case("argument itself given back", lost=("table",), reason="type")
def _(hand_in: HandIn) -> None:
    table(hand_in, "def by_region(frame):\n    return frame.iloc[0:0] is None or [frame]")


@case("scores changed by a function", lost=("table",))
def _(hand_in: HandIn) -> None:
    # The judge calls with its own data; theirs being changed concerns nobody else.
    table(
        hand_in,
        """
        def by_region(frame):
            scores["score"] = 0.0
            return scores.groupby("region")["score"].mean()
        """,
    )


# ---------------------------------------------------------------------------------------- exceptions


def raising(hand_in: HandIn, raised: str, before: str = "") -> None:
    share(hand_in, f"{dedent(before).strip()}\n\ndef share(yes, no, silent):\n    raise {raised}")


@case("function that raises an ordinary exception", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    share(hand_in, "def share(yes, no, silent):\n    return yes / 0")


@case("function with too few parameters", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    share(hand_in, "def share(yes):\n    return yes")


@case("function that raises an exception without words", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    raising(
        hand_in,
        "Mute()",
        """
        class Mute(Exception):
            def __str__(self):
                raise ValueError("no")

            __repr__ = __str__
        """,
    )


@case("cell that raises an exception without words", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    mean(
        hand_in,
        """
        class Mute(Exception):
            def __str__(self):
                raise self

            __repr__ = __str__

        raise Mute
        """,
    )


@case("function that raises a group of exceptions", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    raising(hand_in, "ExceptionGroup('several', [ValueError(1), ExceptionGroup('more', [KeyError('a')])])")


@case("function that raises a group with Ctrl-C in it", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    raising(hand_in, "BaseExceptionGroup('several', [KeyboardInterrupt()])")


@case("function that raises a BaseException of its own", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    raising(hand_in, "Odd('very')", "class Odd(BaseException):\n    pass")


@case("cell that raises a BaseException of its own", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    hand_in.before("mean", "class Odd(BaseException):\n    pass\n\nraise Odd")


@case("function that raises StopIteration", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    raising(hand_in, "StopIteration")


@case("function that raises GeneratorExit", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    raising(hand_in, "GeneratorExit")


@case("function that raises KeyboardInterrupt", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    raising(hand_in, "KeyboardInterrupt")


@case("function that raises the judge's own exception", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    raising(
        hand_in,
        "check.CheckFailed('', item='m97-share', reason='value', misconception=None, level=1, anchor='', "
        "section='', lesson='')",
    )


@case("exception with a message of 10 MB", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    raising(hand_in, "ValueError('no ' * 3_000_000)")


@case("exception whose causes go in a circle", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        def share(yes, no, silent):
            one, two = ValueError("one"), ValueError("two")
            one.__cause__, two.__cause__ = two, one
            raise one
        """,
    )


@case("exception with a name of its own", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    raising(hand_in, "type('<b>' + 'x' * 10_000, (Exception,), {})('odd')")


@case("exception caught, right answer after all")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        def share(yes, no, silent):
            try:
                raise KeyboardInterrupt
            except BaseException:
                return yes / (yes + no)
        """,
    )


# ------------------------------------------------------------------------------------------- figures


@case("chart as Axes")
def _(hand_in: HandIn) -> None:
    hand_in.answer("chart", RIGHT["chart"].replace("return figure", "return ax"))


@case("chart by pandas")
def _(hand_in: HandIn) -> None:
    chart(hand_in, "def chart(counts):\n    return pd.Series(counts).plot.bar(title='Answers by region')")


@case("chart by plt alone")
def _(hand_in: HandIn) -> None:
    # Each call begins with an empty figure, as each cell does.
    chart(
        hand_in,
        """
        def chart(counts):
            plt.bar(list(counts), list(counts.values()))
            plt.title("Answers by region")
            return plt.gcf()
        """,
    )


@case("chart by seaborn")
def _(hand_in: HandIn) -> None:
    chart(
        hand_in,
        """
        import seaborn as sns

        def chart(counts):
            ax = sns.barplot(x=list(counts), y=list(counts.values()))
            ax.set_title("Answers by region")
            return ax
        """,
    )


@case("chart by a grid of seaborn")
def _(hand_in: HandIn) -> None:
    chart(
        hand_in,
        """
        import seaborn as sns

        def chart(counts):
            data = pd.DataFrame({"region": list(counts), "n": list(counts.values())})
            grid = sns.catplot(data=data, x="region", y="n", kind="bar")
            grid.ax.set_title("Answers by region")
            return grid
        """,
    )


@case("chart saved, shown and closed")
def _(hand_in: HandIn) -> None:
    closing = "figure.savefig('chart.png')\n    plt.show()\n    plt.close(figure)\n    return figure"
    hand_in.answer("chart", RIGHT["chart"].replace("return figure", closing))


@case("chart with lying bars")
def _(hand_in: HandIn) -> None:
    hand_in.answer("chart", RIGHT["chart"].replace("ax.bar(", "ax.barh("))


@case("chart shown but not given back", lost=("chart",), reason="not-answered")
def _(hand_in: HandIn) -> None:
    hand_in.answer("chart", RIGHT["chart"].replace("return figure", "plt.show()"))


@case("chart as its bars", lost=("chart",), reason="type")
def _(hand_in: HandIn) -> None:
    chart(hand_in, "def chart(counts):\n    return plt.bar(list(counts), list(counts.values()))")


@case("object that pretends to be a figure", lost=("chart",), reason="type")
def _(hand_in: HandIn) -> None:
    chart(
        hand_in,
        """
        from unittest.mock import MagicMock

        def chart(counts):
            ax = MagicMock()
            ax.get_title.return_value = "Answers"
            figure = MagicMock(axes=[ax])
            figure.figure = figure
            return figure
        """,
    )


@case("picture forged in the form of the checks", lost=("chart",))
def _(hand_in: HandIn) -> None:
    # The form can be written by hand, but the bars must be right all the same.
    chart(
        hand_in,
        """
        def chart(counts):
            axes = {"title": "T", "xlabel": "", "ylabel": "", "kinds": ["bar"], "lines": [], "points": []}
            return check.Picture([{**axes, "bars": [["N", 3.0], ["S", 5.0]], "sideways": False}])
        """,
    )


@case("figure of a class of its own", lost=("chart",))
def _(hand_in: HandIn) -> None:
    chart(
        hand_in,
        """
        from matplotlib.figure import Figure

        class Right(Figure):
            @property
            def axes(self):
                raise SystemExit

        def chart(counts):
            return Right()
        """,
    )


# ------------------------------------------------------------------------------------------- names


@case("variable set inside a function only", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "def work():\n    mean_score = 6.5\n\nwork()")


@case("variable set by a function, as a global")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "def work():\n    global mean_score\n    mean_score = 6.5\n\nwork()")


@case("variable deleted after", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    mean(hand_in, f"{RIGHT['mean']}\ndel mean_score")


@case("variable put right in a later cell, before the test")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = 1.0")
    hand_in.own("m97-mean-answer", RIGHT["mean"])


@case("variable put right in a later cell, after the test", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = 1.0")
    hand_in.own("m97-mean-test", RIGHT["mean"])


@case("variable overwritten after the test")
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-mean-test", "mean_score = share = None")


@case("function that needs a name of another item")
def _(hand_in: HandIn) -> None:
    words(
        hand_in,
        """
        def greet(name):
            if mean_score > 5 and share(1, 1, 0) == 0.5:
                print(f"Dear {name},")
        """,
    )


@case("function that needs a name that another item lacks", lost=("mean", "words"))
def _(hand_in: HandIn) -> None:
    mean(hand_in, "mean_score = 1 / 0")
    words(hand_in, "def greet(name):\n    if mean_score > 5:\n        print(f'Dear {name},')")


@case("names of builtins taken")
def _(hand_in: HandIn) -> None:
    hand_in.before("mean", "sum = max = min = str = dict = type = id = input = 3")


@case("list taken, then needed", lost=("chart",), reason="raised")
def _(hand_in: HandIn) -> None:
    # The same happens in Jupyter; it concerns only what needs it.
    hand_in.before("mean", "list = [1, 2]")


@case("names of the assignment taken")
def _(hand_in: HandIn) -> None:
    # The judge has its own; the answers above need theirs no longer.
    hand_in.own("m97-mean-test", "check = scores = pd = None\nother = other_counts = 'mine'")


@case("data changed before it is used", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    # by_region() is called with the judge's own data.
    hand_in.before("mean", "scores['score'] = 0.0")


@case("print redefined in the notebook", lost=("words",), reason="not-answered")
def _(hand_in: HandIn) -> None:
    hand_in.before("words", "def print(*values, **more):\n    pass\n")


@case("function of another item called by its old name")
def _(hand_in: HandIn) -> None:
    share(
        hand_in,
        """
        def proportion(yes, no, silent):
            return yes / (yes + no)

        share = proportion
        del proportion
        """,
    )
