"""What a trainee's code does to the process, the machine and the judge.

Most cases put something in front of the right answer for the mean, the second item: if it did harm, the items
after it would lose their points, too. A case that looks for something forbidden hands in what it found, and
None if there was nothing: reason "value" then proves that it found nothing.
"""

from __future__ import annotations

from textwrap import dedent

from corpus import CORPUS, RIGHT, HandIn

case = CORPUS.case

# Whatever could do harm outside of the sandbox stops at once if it is not inside.
INSIDE = """
import os
assert os.uname().nodename == "grading" and not os.path.exists("/proc"), "not in the sandbox"
"""


def first(hand_in: HandIn, source: str, item: str = "mean") -> None:
    """Put code in front of a right answer, in its cell."""
    hand_in.before(item, dedent(source).strip())


def instead(hand_in: HandIn, source: str, item: str = "mean") -> None:
    """Hand in code instead of a right answer."""
    hand_in.answer(item, dedent(source).strip())


def search(hand_in: HandIn, source: str) -> None:
    """Hand in as the mean what the code put into the list `found`."""
    hand_in.answer("mean", f"found = []\n{dedent(source).strip()}\nmean_score = found[0] if found else None")


@case("everything right")
def _(hand_in: HandIn) -> None:
    pass


# ------------------------------------------------------------------------------------------- never ending


@case("infinite loop", lost=("mean",), reason="time")
def _(hand_in: HandIn) -> None:
    hand_in.answer("mean", "while True:\n    pass\n")


@case("infinite loop in a function", lost=("share",), reason="time")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", "def share(yes, no, silent):\n    while True:\n        pass\n")


@case("infinite loop in a generator expression", lost=("mean",), reason="time")
def _(hand_in: HandIn) -> None:
    first(hand_in, "sum(1 for _ in iter(int, 1))")


@case("infinite loop in a cell of their own")
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-mean-test", "numbers = []\nwhile True:\n    numbers = numbers[:10] + [1]")


@case("infinite loop that prints", lost=("mean",), reason="time")
def _(hand_in: HandIn) -> None:
    first(hand_in, "while True:\n    print('still here')")


@case("loop that catches every exception", lost=("mean",), reason="time")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        while True:
            try:
                while True:
                    sum(range(100))
            except BaseException:
                pass
        """,
    )


@case("loop that ignores Ctrl-C", lost=("mean",), reason="time")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import signal
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True:
            pass
        """,
    )


@case("power that takes days", lost=("mean",), reason="time")
def _(hand_in: HandIn) -> None:
    first(hand_in, "number = 3\nnumber **= 10**8\nnumber **= 10**8")


@case("regular expression that takes days", lost=("mean",), reason="time")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import re\nre.fullmatch('(a+)+', 'a' * 60 + 'b')")


@case("sleeping for an hour", lost=("mean",), reason="idle")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import time\ntime.sleep(3600)")


@case("function that waits for ever", lost=("share",), reason="idle")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import threading
        waiting = threading.Lock()
        waiting.acquire()
        """,
        "share",
    )
    hand_in.cell("m97-share-answer")["source"] += "share = lambda *answers: waiting.acquire()\n"


@case("input() in a cell", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    first(hand_in, "name = input('Your name? ')")


@case("input() in a function", lost=("words",), reason="raised")
def _(hand_in: HandIn) -> None:
    instead(hand_in, "def greet(name):\n    print(f'Dear {input()},')", "words")


# --------------------------------------------------------------------------------- memory and output


@case("100 GB at once", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    first(hand_in, "everything = bytearray(100 * 2**30)")


@case("100 GB at once in a function", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    instead(hand_in, "def share(yes, no, silent):\n    return len([0] * 10**11)", "share")


@case("memory filled piece by piece", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import numpy as np\npieces = []\nwhile True:\n    pieces.append(np.zeros(2**21))")


@case("memory filled, then given back")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import numpy as np
        pieces = []
        try:
            while True:
                pieces.append(np.zeros(2**21))
        except MemoryError:
            pieces = []
        """,
    )


@case("memory filled by many processes", stock=False)
def _(hand_in: HandIn) -> None:
    # Together they want 6 GB; the machine stays usable, and the one that answers is not among them.
    first(
        hand_in,
        INSIDE
        + dedent("""
        for _ in range(8):
            if os.fork() == 0:
                pieces = [b"x" * 2**20 for _ in range(800)]
                os._exit(0)
        import time
        time.sleep(1)
        """),
    )


@case("1 GB printed")
def _(hand_in: HandIn) -> None:
    first(hand_in, "for _ in range(1000):\n    print('x' * 10**6)")


@case("one line of 50 MB")
def _(hand_in: HandIn) -> None:
    first(hand_in, "print('x' * 50_000_000)")


@case("1 GB past print", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    # The file behind descriptor 1 is full after 32 MB: OSError.
    first(hand_in, "import os\nfor _ in range(1000):\n    os.write(1, b'x' * 10**6)")


@case("50,000 small prints")
def _(hand_in: HandIn) -> None:
    first(hand_in, "for number in range(50_000):\n    print(number)")


@case("a million displays", lost=("mean",), reason="time")
def _(hand_in: HandIn) -> None:
    # What is too much is left out; but IPython cannot do as many within the time.
    first(hand_in, "for number in range(1_000_000):\n    display(number)")


@case("2,000 displays")
def _(hand_in: HandIn) -> None:
    first(hand_in, "for number in range(2000):\n    display(number)")


@case("many large displays in many cells")
def _(hand_in: HandIn) -> None:
    # Twenty interactive charts of 3.9 MB: more than one notebook can hold, but nobody's fault.
    for number in range(20):
        hand_in.own("m97-title", "from IPython.display import HTML\nHTML('<p>' * 1_300_000)")
        hand_in.notebook["cells"][1]["id"] = f"large-{number}"


@case("display of JSON 35 levels deep")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        deep = []
        for _ in range(34):
            deep = [deep]
        display({"application/json": deep}, raw=True)
        """,
    )


@case("display of JSON with a million entries, twice")
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-title", "display({'application/json': [0, None] * 600_000}, raw=True)")
    first(hand_in, "display({'application/json': [0, None] * 600_000}, raw=True)")


@case("half a letter printed")
def _(hand_in: HandIn) -> None:
    # Half of a pair of surrogates, which no file can hold.
    first(hand_in, "print('\\ud83d', '\\udc00')\ndisplay({'text/html': '\\ud83d'}, raw=True)")


@case("progress bar of 5,000 steps")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import sys
        for step in range(5000):
            sys.stderr.write(f"\\r{'#' * (step // 100)} {step}")
        """,
    )


# ------------------------------------------------------------------------------------ ending the process


@case("os._exit", lost=("mean",), reason="left")
def _(hand_in: HandIn) -> None:
    hand_in.answer("mean", "import os\nos._exit(0)\n")


@case("os._exit after the right answer", lost=("mean",), reason="left")
def _(hand_in: HandIn) -> None:
    hand_in.answer("mean", f"{RIGHT['mean']}\nimport os\nos._exit(0)\n")


@case("os._exit in a cell of their own")
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-setup", "import os\nos._exit(0)")


@case("os._exit in a function", lost=("share",), reason="left")
def _(hand_in: HandIn) -> None:
    instead(hand_in, "import os\n\ndef share(yes, no, silent):\n    os._exit(0)", "share")


@case("os._exit in two items", lost=("mean", "table"), reason="left")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import os\nos._exit(0)")
    instead(hand_in, "import os\n\ndef by_region(frame):\n    os._exit(0)", "table")


@case("sys.exit in a cell", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import sys\nsys.exit()")


@case("sys.exit in a function", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    instead(hand_in, "import sys\n\ndef share(yes, no, silent):\n    sys.exit(0)", "share")


@case("sys.exit at the end of a right cell")
def _(hand_in: HandIn) -> None:
    hand_in.cell("m97-mean-answer")["source"] += "\nimport sys\nsys.exit()"


@case("quit()")
def _(hand_in: HandIn) -> None:
    # In Jupyter it ends the kernel after the cell; here the cell is simply over.
    hand_in.cell("m97-mean-answer")["source"] += "\nquit()"


@case("raise SystemExit in a cell", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    first(hand_in, "raise SystemExit('done')")


@case("raise KeyboardInterrupt in a cell", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    first(hand_in, "raise KeyboardInterrupt")


@case("kill -9 to oneself")
def _(hand_in: HandIn) -> None:
    # As the first of its processes it does not even hear that.
    first(hand_in, "import os\nos.kill(os.getpid(), 9)")


@case("kill -9 to the parent", stock=False)
def _(hand_in: HandIn) -> None:
    first(hand_in, INSIDE + "os.kill(os.getppid(), 9)")


@case("kill -9 to everything", stock=False)
def _(hand_in: HandIn) -> None:
    first(hand_in, INSIDE + "try:\n    os.kill(-1, 9)\nexcept ProcessLookupError:\n    pass")


@case("kill -9 to every number", stock=False)
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        INSIDE
        + dedent("""
        for number in range(2, 40_000):
            try:
                os.kill(number, 9)
            except ProcessLookupError:
                pass
        """),
    )


@case("kill -9 to the group of processes", stock=False)
def _(hand_in: HandIn) -> None:
    first(hand_in, INSIDE + "try:\n    os.killpg(0, 9)\nexcept ProcessLookupError:\n    pass")


@case("segmentation fault", lost=("mean",), reason="crashed")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import ctypes\nctypes.string_at(0)")


@case("segmentation fault in a function", lost=("share",), reason="crashed")
def _(hand_in: HandIn) -> None:
    instead(hand_in, "import ctypes\n\ndef share(yes, no, silent):\n    ctypes.string_at(0)", "share")


@case("os.abort", lost=("mean",), reason="crashed")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import os\nos.abort()")


@case("endless recursion in a cell", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    first(hand_in, "def down():\n    return down()\n\ndown()")


@case("endless recursion in a function", lost=("share",), reason="raised")
def _(hand_in: HandIn) -> None:
    instead(hand_in, "def share(yes, no, silent):\n    return share(yes, no, silent)", "share")


@case("endless recursion without Python's limit", lost=("mean",), reason="crashed")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import sys
        sys.setrecursionlimit(10**9)

        def down(x):
            return list(map(down, [x]))

        down(0)
        """,
    )


# --------------------------------------------------------------------------- processes, threads, signals


@case("fork bomb", stock=False)
def _(hand_in: HandIn) -> None:
    # All that came out of it are stopped when they reach the end of the cell.
    first(hand_in, INSIDE + "try:\n    while True:\n        os.fork()\nexcept OSError:\n    pass")


@case("fork bomb whose children never end", stock=False)
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        INSIDE
        + dedent("""
        import time
        try:
            while True:
                if os.fork() == 0:
                    time.sleep(3600)
        except OSError:
            pass
        """),
    )


@case("fork whose child goes on as if it were the parent")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import os\nprint('before')\nos.fork()\nprint('after')")


@case("fork in a function")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import os", "share")
    hand_in.answer("share", f"import os\n{RIGHT['share']}".replace("    return", "    os.fork()\n    return"))


@case("child that daemonises itself and writes later")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.closerange(0, 256)
                while True:
                    time.sleep(0.01)
                    with open("late.txt", "a") as file:
                        file.write("still here")
            os._exit(0)
        """,
    )


@case("program left running")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import subprocess\nleft = subprocess.Popen(['sleep', '1000'])")


@case("program with output")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import subprocess\nsubprocess.run(['ls', '-la', '/'], check=True)")


@case("pool of processes that work and print")
def _(hand_in: HandIn) -> None:
    instead(
        hand_in,
        """
        import multiprocessing

        def half(score):
            print("half of", score)
            return score / 2

        with multiprocessing.Pool(2) as pool:
            mean_score = sum(pool.map(half, scores["score"])) / 2
        """,
    )


@case("pool of threads")
def _(hand_in: HandIn) -> None:
    instead(
        hand_in,
        """
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(8) as pool:
            mean_score = sum(pool.map(float, scores["score"])) / len(scores)
        """,
    )


@case("thread that goes on printing")
def _(hand_in: HandIn) -> None:
    # What it prints is not what greet() prints, which takes its time here.
    hand_in.answer("words", RIGHT["words"] + "    time.sleep(0.1)\n")
    first(
        hand_in,
        """
        import threading, time

        def chatter():
            while True:
                print("noise")
                time.sleep(0)

        threading.Thread(target=chatter, daemon=True).start()
        """,
    )


@case("thread that goes on working")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import threading

        def work():
            while True:
                sum(range(1000))

        threading.Thread(target=work).start()
        """,
    )


@case("thread that goes on displaying")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import threading, time

        def show():
            while True:
                display("noise")
                time.sleep(0.001)

        threading.Thread(target=show, daemon=True).start()
        """,
    )


@case("function that prints from a thread of its own")
def _(hand_in: HandIn) -> None:
    instead(
        hand_in,
        """
        import threading

        def greet(name):
            helper = threading.Thread(target=print, args=(f"Dear {name},",))
            helper.start()
            helper.join()
        """,
        "words",
    )


@case("more threads than allowed")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import threading
        enough = threading.Event()
        threads = [threading.Thread(target=enough.wait, daemon=True) for _ in range(500)]
        try:
            for thread in threads:
                thread.start()
        except RuntimeError:
            enough.set()
        """,
    )


@case("asyncio tasks left running")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import asyncio

        async def tick():
            while True:
                print("tick")
                await asyncio.sleep(0.001)

        task = asyncio.ensure_future(tick())
        await asyncio.sleep(0.01)
        """,
    )


@case("answer by await")
def _(hand_in: HandIn) -> None:
    instead(
        hand_in,
        """
        import asyncio

        async def mean(values):
            await asyncio.sleep(0)
            return float(values.mean())

        mean_score = await mean(scores["score"])
        """,
    )


@case("atexit handler that never ends")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import atexit, time\natexit.register(time.sleep, 3600)")


@case("handlers for every signal")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import signal
        heard = []
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, lambda *about: heard.append(about[0]))
        signal.raise_signal(signal.SIGTERM)
        """,
    )


@case("alarm that rings every millisecond")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import signal
        rung = []
        signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        """,
    )


@case("alarm without a handler")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0.001)\ntime.sleep(0.01)")


@case("all signals blocked")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())")


# --------------------------------------------------------------------------------------------- network


@case("connection to this machine", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import socket
        for port in (22, 80, 443, 8000, 8888):
            try:
                found.append(str(socket.create_connection(("127.0.0.1", port), 1)))
            except OSError:
                pass
        """,
    )


@case("connection to the outside", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import socket
        for address in (("192.0.2.1", 80), ("2001:db8::1", 443)):
            try:
                found.append(str(socket.create_connection(address, 1)))
            except OSError:
                pass
        """,
    )


@case("socket of every kind", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import socket
        for family in socket.AddressFamily:
            for kind in socket.SocketKind:
                try:
                    found.append(str(socket.socket(family, kind)))
                except (OSError, ValueError):
                    pass
        """,
    )


@case("name looked up in the DNS", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import socket
        try:
            found.append(str(socket.getaddrinfo("example.org", 80)))
        except OSError:
            pass
        """,
    )


@case("page fetched from the web", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import urllib.request\nurllib.request.urlopen('http://example.org/', timeout=2)")


# ------------------------------------------------------------------------------------------------ files


@case("environment read", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import os
        secret = ("KEY", "TOKEN", "SECRET", "PASS", "COURSE_PRIVATE", "CHECKS", "JUPYTERHUB", "SSH")
        found += [f"{name}={value}" for name, value in os.environ.items() if any(s in name for s in secret)]
        found += [value for value in os.environ.values() if "m97" in value or "/root" in value]
        """,
    )


@case("home folders read", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import glob, os
        for home in ("~", "~root", "/root", "/home/*", "/Users/*", "/home/jovyan"):
            for folder in set(glob.glob(os.path.expanduser(home))) - {"/"}:
                # Python itself may live in the home folder of the one who grades.
                names = set(os.listdir(folder)) - {part for part in os.sys.prefix.split("/")}
                names -= {part for part in os.path.realpath(os.sys.executable).split("/")}
                found += [folder + "/" + name for name in names]
        """,
    )


@case("/etc/shadow read", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    first(hand_in, "open('/etc/shadow').read()")


@case("folders above read", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import os
        for up in range(8):
            folder = "../" * up or "."
            known = {"submitted", "autograded", "release", "source", "solutions", "gradebook.db", "grading"}
            found += [folder + name for name in os.listdir(folder) if name in known]
        """,
    )


@case("/proc and /sys read", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import os
        for folder in ("/proc", "/sys", "/run", "/var", "/mnt", "/boot", "/proc/self", "/proc/1/environ"):
            if os.path.exists(folder):
                found.append(folder)
        """,
    )


@case("whole file system searched for names", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import os
        wanted = ("gradebook.db", "m97", "nbgrader_config.py", "student-")
        todo = ["/"]
        while todo:
            try:
                entries = list(os.scandir(todo.pop()))
            except OSError:
                continue
            for entry in entries:
                if entry.name.startswith(wanted):
                    found.append(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    system = entry.path.startswith(("/usr/share", "/usr/include", "/usr/src", "/usr/lib"))
                    if not system and entry.name not in ("site-packages", "__pycache__"):
                        todo.append(entry.path)
        """,
    )


# It finds nothing, or its time ends first: that depends on how much is installed.
@case("every file of the course searched for the tests", lost=("mean",))
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import os
        from pathlib import Path
        import csmodels_helpers
        package = Path(csmodels_helpers.__file__).parent
        beside = [folder for folder in package.parent.iterdir() if not folder.name.startswith(".")]
        for top in (package, *beside, Path("/etc"), Path("/tmp"), Path("/dev/shm")):
            for above, folders, files in os.walk(top):
                for name in files:
                    path = Path(above, name)
                    try:
                        text = path.read_bytes()
                    except OSError:
                        continue
                    if b"m97" + b"-" in text or b"5 / " + b"32" in text:
                        found.append(str(path))
        """,
    )


@case("memory searched for the tests", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import gc
        clues = [" ".join(clue) for clue in (("Ms", "Schmidt"), ("HIDDEN", "TESTS"), ("5", "/", "32"))]
        for one in gc.get_objects():
            if one is clues:
                continue
            parts = one.values() if type(one) is dict else one if type(one) in (list, tuple, set) else ()
            for part in list(parts):
                if type(part) is str and any(clue in part for clue in clues):
                    found.append(part)
        """,
    )


@case("files written outside", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import os, sys
        import csmodels_helpers
        package = os.path.dirname(csmodels_helpers.__file__)
        for folder in ("/", "/etc", "/usr", "/usr/bin", "/dev", "/var/tmp", sys.prefix, package):
            try:
                with open(f"{folder}/csmodels-trap", "w") as file:
                    file.write("here")
                found.append(folder)
            except OSError:
                pass
        """,
    )


@case("program files changed", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import sys
        import csmodels_helpers.check, numpy
        for name in (csmodels_helpers.check.__file__, numpy.__file__, sys.executable, "/etc/passwd"):
            try:
                open(name, "ab").close()
                found.append(name)
            except OSError:
                pass
        """,
    )


@case("file left for the next submission")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import os
        for folder in (".", "..", "/tmp", "/dev/shm", os.environ["HOME"]):
            with open(f"{folder}/csmodels-trap", "w") as file:
                file.write("here")
        """,
    )


@case("files of other submissions looked for", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import os
        for folder in (".", "..", "/tmp", "/dev/shm", os.environ["HOME"]):
            found += [name for name in os.listdir(folder) if "trap" in name or "late" in name]
        """,
    )


@case("disk filled", stock=False)
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        INSIDE
        + dedent("""
        try:
            for number in range(10**6):
                with open(f"large-{number}", "wb") as file:
                    file.write(bytes(10**7))
        except OSError:
            pass
        """),
    )


@case("100,000 small files", stock=False)
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        INSIDE
        + dedent("""
        try:
            for number in range(100_000):
                os.close(os.open(f"small-{number}", os.O_CREAT | os.O_WRONLY))
        except OSError:
            pass
        """),
    )


@case("everything deleted that can be", stock=False)
def _(hand_in: HandIn) -> None:
    # What is read-only stays; what is theirs goes.
    first(
        hand_in,
        INSIDE
        + dedent("""
        import shutil
        for folder in ("/tmp/work", "/tmp", "/etc", "/dev", "/bin"):
            shutil.rmtree(folder, ignore_errors=True)
        """),
    )


@case("rights of all folders taken away", stock=False)
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        INSIDE
        + dedent("""
        for folder in ("/", "/usr", "/etc", "/tmp", "/tmp/home", "/tmp/work", "."):
            try:
                os.chmod(folder, 0)
            except OSError:
                pass
        """),
    )


@case("links, pipes and devices in the work folder")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import os, stat
        os.symlink("/etc/passwd", "a-link")
        os.symlink(".", "a-circle")
        os.mkfifo("a-pipe")
        for make in (
            lambda: os.link("/etc/passwd", "a-hard-link"),
            lambda: os.mknod("a-disk", stat.S_IFBLK | 0o600, os.makedev(8, 0)),
            lambda: os.mknod("a-memory", stat.S_IFCHR | 0o600, os.makedev(1, 1)),
        ):
            try:
                make()
            except OSError:
                pass
        """,
    )


@case("system calls of an administrator", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import ctypes
        libc = ctypes.CDLL(None)
        calls = {
            "mount": (b"none", b"/tmp", b"tmpfs", 0, None),
            "umount2": (b"/tmp", 2),
            "chroot": (b"/tmp",),
            "unshare": (0x10000000,),
            "setns": (0, 0),
            "ptrace": (16, 1, None, None),
            "setuid": (0,),
            "setgid": (0,),
            "sethostname": (b"mine", 4),
            "personality": (0x0040000,),
            "reboot": (0,),
        }
        found += [name for name, values in calls.items() if getattr(libc, name)(*values) != -1]
        """,
    )


# --------------------------------------------------------------------------------- the line to the judge


@case("all files closed", lost=("mean",), reason="left")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import os\nos.closerange(0, 256)")


@case("standard files closed")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import os\nos.closerange(0, 3)")


@case("another file put in the place of all", lost=("mean",), reason="left")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import os
        other = os.open("other", os.O_RDWR | os.O_CREAT)
        for number in range(64):
            if number != other:
                os.dup2(other, number)
        """,
    )


@case("noise written to every open file", lost=("mean",), reason="garbled")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import os
        for number in range(64):
            try:
                os.write(number, b"\\xff" * 4096)
            except OSError:
                pass
        """,
    )


@case("whole but senseless message written to every open file", lost=("mean",), reason="garbled")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import os
        for number in range(64):
            try:
                os.write(number, (3).to_bytes(8, "little") + b"???")
            except OSError:
                pass
        """,
    )


@case("reply forged: not a dictionary", lost=("mean",), reason="garbled")
def _(hand_in: HandIn) -> None:
    forge(hand_in, "channel.send(['done'])")


@case("reply forged: the cell is done", lost=("mean",), reason="garbled")
def _(hand_in: HandIn) -> None:
    # It lacks the number of the question: if it counted, later answers would belong to earlier questions.
    forge(hand_in, "channel.send({'done': True, 'ok': True, 'count': 1})")


@case("reply forged: a number that is none", lost=("mean",), reason="garbled")
def _(hand_in: HandIn) -> None:
    forge(hand_in, "import numpy as np\nchannel.send({'done': True, 'number': np.arange(3)})")


@case("every reply twice")
def _(hand_in: HandIn) -> None:
    # The second one comes while the judge waits for the answer to the next question, and is known to be old.
    forge(
        hand_in,
        """
        def send(value, *given, **named):
            for _ in range(2 if "number" in value else 1):
                type(channel).send(channel, value, *given, **named)

        channel.send = send
        """,
    )


@case("reply forged: the right value", lost=("mean",), reason="garbled")
def _(hand_in: HandIn) -> None:
    forge(hand_in, "channel.send({'names': {'mean_score': 6.5}})\nchannel.send({'value': 0.75})")


@case("output forged: 40 MB", stock=False)
def _(hand_in: HandIn) -> None:
    # As much as may come of one cell, of two cells: it is more than a notebook may hold.
    big = "channel.send({'output': {'output_type': 'stream', 'name': 'stdout', 'text': 'x' * 40_000_000}})"
    forge(hand_in, big)
    hand_in.own("m97-mean-test", big)


@case("output forged: no form that a notebook knows")
def _(hand_in: HandIn) -> None:
    forge(
        hand_in,
        """
        for output in (
            None, 7, {}, {"output_type": "unknown"}, {"output_type": "stream"}, {"output_type": "error"},
            {"output_type": scores}, {"output_type": "stream", "name": scores, "text": scores},
            {"output_type": "display_data", "data": {}, "update": scores, "display_id": "none"},
            {"output_type": "display_data", "data": {"a": scores, "b": float("nan")}, "display_id": scores},
            {"output_type": "stream", "text": "\\ud800"},
            {"output_type": "error", "ename": 1, "evalue": [2], "traceback": {3}},
            {"output_type": "display_data", "data": {1: b"2", "text/html": {3: {4}}, "text/plain": 5}},
            {"output_type": "execute_result", "data": [], "execution_count": -5, "metadata": 6},
            {"output_type": "display_data", "data": {}, "update": True, "display_id": "none"},
        ):
            channel.send({"output": output})
        """,
    )


def forge(hand_in: HandIn, source: str) -> None:
    """Find the line to the judge and send something on it."""
    find = """
    import gc
    channel = next(one for one in gc.get_objects() if type(one).__name__ == "Channel")
    """
    first(hand_in, dedent(find) + dedent(source).strip())


@case("line to the judge closed", lost=("mean",), reason="left")
def _(hand_in: HandIn) -> None:
    forge(hand_in, "channel.close()")


@case("frames above searched for what is expected", lost=("share",), reason="not-answered")
def _(hand_in: HandIn) -> None:
    instead(
        hand_in,
        """
        import sys

        def share(yes, no, silent):
            frame = sys._getframe()
            while frame is not None:
                for names in (frame.f_locals, frame.f_globals):
                    for name in ("expected", "wrong", "exam", "known"):
                        if name in names:
                            return names[name]
                frame = frame.f_back
        """,
        "share",
    )


@case("source of the test read off the stack", lost=("share",), reason="not-answered")
def _(hand_in: HandIn) -> None:
    instead(
        hand_in,
        """
        import inspect

        def share(yes, no, silent):
            for step in inspect.stack():
                for line in step.code_context or ():
                    if "check.equal(" in line:
                        return eval(line.split(",")[-2])
        """,
        "share",
    )


# ------------------------------------------------------------------------------- patched, in the process


@case("check.equal patched to pass", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    instead(
        hand_in,
        """
        import csmodels_helpers.check
        for name in ("equal", "condition", "run", "stdout", "figure"):
            setattr(csmodels_helpers.check, name, lambda *a, **k: None)
        mean_score = 1.0
        """,
    )


@case("comparisons of the checks patched to pass", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    instead(
        hand_in,
        """
        from csmodels_helpers import check_comparison
        check_comparison.compare = check_comparison.same_number = lambda *a, **k: None
        mean_score = 1.0
        """,
    )


@case("comparisons of libraries patched to pass", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    instead(
        hand_in,
        """
        import math
        import numpy as np, numpy.testing, pandas.testing
        math.isclose = np.isclose = np.allclose = lambda *a, **k: True
        numpy.testing.assert_allclose = pandas.testing.assert_frame_equal = lambda *a, **k: None
        mean_score = 1.0
        """,
    )


@case("call of functions patched", lost=("share",), reason="not-answered")
def _(hand_in: HandIn) -> None:
    instead(
        hand_in,
        """
        from csmodels_helpers import check_calls
        real = check_calls.call

        def call(function, *values, **options):
            if getattr(function, "__name__", "") == "share":
                return check_calls.Reply(0.75)
            return real(function, *values, **options)

        check_calls.call = call

        def share(yes, no, silent):
            return None
        """,
        "share",
    )


@case("isinstance patched", lost=("words",))
def _(hand_in: HandIn) -> None:
    first(hand_in, "import builtins\nbuiltins.isinstance = lambda *_: True", "words")


@case("len patched", lost=("words",))
def _(hand_in: HandIn) -> None:
    first(hand_in, "import builtins\nbuiltins.len = lambda _: 3", "words")


@case("print patched", lost=("words",), reason="not-answered")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import builtins\nbuiltins.print = lambda *a, **k: None", "words")


@case("import patched")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import builtins
        real = builtins.__import__

        def careful(name, *about, **more):
            if name.startswith("csmodels_helpers"):
                raise ImportError(name)
            return real(name, *about, **more)

        builtins.__import__ = careful
        """,
        "words",
    )


@case("import hook that refuses everything")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import sys

        class Refuse:
            @staticmethod
            def find_spec(name, path=None, target=None):
                raise ImportError(name)

        sys.meta_path.insert(0, Refuse)
        """,
    )


@case("modules of the checks replaced", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    instead(
        hand_in,
        """
        import sys
        from unittest.mock import MagicMock
        for name in ("check", "check_calls", "check_comparison", "check_kinds"):
            sys.modules[f"csmodels_helpers.{name}"] = MagicMock()
        mean_score = 1.0
        """,
    )


@case("modules forgotten")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import sys
        for name in list(sys.modules):
            if name.startswith(("csmodels_helpers", "json", "tempfile", "struct", "socket", "traceback")):
                del sys.modules[name]
        """,
    )


@case("struct patched", lost=("mean",))
def _(hand_in: HandIn) -> None:
    first(hand_in, "import struct\nstruct.pack = lambda *values: b''")


@case("json patched")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import json\njson.dumps = json.loads = lambda *a, **k: 'nothing'")


@case("socket patched")
def _(hand_in: HandIn) -> None:
    # Each answer comes twice; the second one is known to be old.
    first(
        hand_in,
        """
        import socket
        real = socket.socket.sendall
        socket.socket.sendall = lambda self, data: (real(self, data), real(self, data))
        """,
        "words",
    )


@case("trace and profile functions")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import sys
        seen = []
        sys.settrace(lambda frame, event, about: seen.append(event))
        sys.setprofile(lambda frame, event, about: seen.append(event))
        """,
    )


@case("garbage collected from what the process was born with")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import gc\ngc.disable()\ngc.unfreeze()\ngc.collect()")


# ---------------------------------------------------------------------------------------------- IPython


@case("lines of later cells dropped by a transformer", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    instead(
        hand_in,
        """
        shell = get_ipython()
        shell.input_transformers_post.append(lambda lines: [one for one in lines if "check." not in one])
        mean_score = 1.0
        """,
    )


@case("asserts dropped by a transformer", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    instead(
        hand_in,
        """
        import ast

        class NoChecks(ast.NodeTransformer):
            def visit_Assert(self, node):
                return ast.Pass()

            def visit_Expr(self, node):
                return ast.Pass() if "check" in ast.dump(node) else node

        get_ipython().ast_transformers.append(NoChecks())
        mean_score = 1.0
        """,
    )


@case("callbacks before and after each cell")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        def fail(*about):
            raise ValueError("no")

        for event in ("pre_run_cell", "post_run_cell", "pre_execute", "post_execute"):
            get_ipython().events.register(event, fail)
        """,
    )


@case("callback that sets the answers before each cell", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    instead(
        hand_in,
        """
        mean_score = 1.0

        def help_out(*about):
            get_ipython().user_ns["scores"] = None

        get_ipython().events.register("pre_run_cell", help_out)
        """,
    )


@case("formatters that fail")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        def fail(*about):
            raise ValueError("no")

        for formatter in get_ipython().display_formatter.formatters.values():
            formatter.for_type(pd.DataFrame, fail)
        display(scores)
        """,
    )


@case("run_cell patched")
def _(hand_in: HandIn) -> None:
    # The next cell finds no one to run it; it is left out, and all is well.
    first(hand_in, "get_ipython().run_cell = None", "words")
    hand_in.own("m97-words-answer", "1 + 1")


@case("line magics")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        %matplotlib inline
        %timeit -n1 -r1 sum(range(10))
        %who
        get_ipython().run_line_magic("config", "InlineBackend.figure_format = 'svg'")
        """,
    )


@case("cell magic around the right answer")
def _(hand_in: HandIn) -> None:
    hand_in.answer("mean", f"%%time\n{RIGHT['mean']}")


@case("%%capture around the right answers")
def _(hand_in: HandIn) -> None:
    hand_in.answer("mean", f"%%capture kept\nprint('hidden')\n{RIGHT['mean']}")
    hand_in.answer("words", f"%%capture\n{RIGHT['words']}")


@case("%%bash and !ls")
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-setup", "%%bash\nls -la\necho hello > hello.txt")
    first(hand_in, "!ls\nfiles = !ls")


@case("answer by %run of a file of their own")
def _(hand_in: HandIn) -> None:
    instead(
        hand_in,
        f"""
        from pathlib import Path
        Path("own.py").write_text({RIGHT["mean"]!r})
        %run -i own.py
        """,
    )


@case("answer by %%writefile and import")
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-setup", "%%writefile helper.py\ndef mean(values):\n    return sum(values) / len(values)")
    instead(
        hand_in, "import sys\nsys.path.append('.')\nimport helper\nmean_score = helper.mean(scores['score'])"
    )


@case("extension loaded")
def _(hand_in: HandIn) -> None:
    first(hand_in, "%load_ext autoreload\n%autoreload 2")


@case("magics of their own")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        from IPython.core.magic import register_line_magic

        @register_line_magic
        def mean(line):
            return None

        %mean of everything
        """,
    )


@case("magic that there is not", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    # As in Jupyter a cell magic that nobody knows runs nothing.
    hand_in.answer("mean", f"%%nonsense\n{RIGHT['mean']}")


@case("%%javascript and %%html")
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-setup", "%%javascript\nIPython.notebook.kernel.execute('mean_score = 6.5')")
    hand_in.own("m97-mean-test", "%%html\n<script>document.title = 'mine'</script>")


@case("%reset after the answer", lost=("words",), reason="NameError")
def _(hand_in: HandIn) -> None:
    hand_in.cell("m97-words-answer")["source"] += "\n%reset -f"


@case("get_ipython and display redefined")
def _(hand_in: HandIn) -> None:
    first(hand_in, "def get_ipython():\n    return None\n\ndef display(*values):\n    raise ValueError")


@case("hooks of the interpreter replaced")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import sys\nsys.displayhook = sys.excepthook = None\n1 + 1")


@case("sys.stdout replaced by a file")
def _(hand_in: HandIn) -> None:
    # Functions are asked with an output of their own, in Jupyter as here.
    first(hand_in, "import sys\nsys.stdout = sys.stderr = open('out.txt', 'w')")


@case("sys.stdout set to None, then an error")
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-setup", "import sys\nsys.stdout = sys.stderr = None\n1 / 0")


@case("sys.stdout closed")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import sys\nsys.stdout.close()")


@case("redirect_stdout never undone")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import contextlib, io\ncontextlib.redirect_stdout(io.StringIO()).__enter__()")


@case("warnings turned into errors")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import warnings\nwarnings.simplefilter('error')")


@case("other folder")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import os\nos.chdir('/')")


@case("other language, other time zone")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import locale, os, time
        locale.setlocale(locale.LC_ALL, "C")
        os.environ.clear()
        os.environ["TZ"] = "Asia/Shanghai"
        os.environ["CSMODELS_LANGUAGE"] = "zh_CN"
        time.tzset()
        """,
    )


@case("seeds and settings of libraries")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import random
        import numpy as np
        random.seed(1)
        np.random.seed(1)
        np.seterr(all="raise")
        np.set_printoptions(precision=1)
        pd.set_option("display.max_rows", 1, "display.precision", 1)
        plt.style.use("dark_background")
        plt.rcParams["figure.max_open_warning"] = 1
        """,
    )


@case("recursion limit raised")
def _(hand_in: HandIn) -> None:
    first(hand_in, "import sys\nsys.setrecursionlimit(10**6)")


@case("limits lowered")
def _(hand_in: HandIn) -> None:
    first(
        hand_in,
        """
        import resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        """,
    )


@case("limits raised", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    search(
        hand_in,
        """
        import resource
        for name in ("AS", "CPU", "FSIZE", "NOFILE", "NPROC"):
            kind = getattr(resource, f"RLIMIT_{name}")
            soft, hard = resource.getrlimit(kind)
            try:
                resource.setrlimit(kind, (hard + 1, hard + 1))
                found.append(name)
            except (OSError, ValueError):
                pass
        """,
    )


@case("breakpoint()", lost=("mean",), reason="NameError")
def _(hand_in: HandIn) -> None:
    # The debugger reads the end of its input and ends the cell.
    first(hand_in, "breakpoint()")


@case("pager of help()")
def _(hand_in: HandIn) -> None:
    first(hand_in, "help(len)\nlen?\nhelp(pd.DataFrame)")


@case("failed check of their own")
def _(hand_in: HandIn) -> None:
    hand_in.own("m97-mean-test", 'check.equal("m97-mean", mean_score, 7.0)\nassert mean_score == 7')


@case("two hundred figures left open")
def _(hand_in: HandIn) -> None:
    first(hand_in, "for number in range(200):\n    plt.figure()\nplt.close('all')\nplt.plot([1, 2])")
