"""What is handed in instead of a notebook, and what lies beside it."""

from __future__ import annotations

import copy
import io
import json
import os
import socket
import stat
import zipfile
from pathlib import Path

from corpus import CORPUS, NAME, RIGHT, HandIn

case = CORPUS.case

WRONG = "def share(yes, no, silent):\n    return yes / (yes + no + silent)\n"
READS = "mean_score = float(pd.read_csv({path!r})['score'].mean())\n"
CSV = "region,score\nN,7\nS,9\nN,4\nS,6\n"
STOPS = "raise SystemExit('this file was run')\n"


def root(hand_in: HandIn) -> Path:
    return hand_in.folder.parents[3]


def put(hand_in: HandIn, name: str, content: str | bytes = STOPS) -> None:
    path = hand_in.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def whole(hand_in: HandIn) -> str:
    return json.dumps(hand_in.notebook)


def friend(hand_in: HandIn) -> Path:
    """Write a right hand-in of somebody else."""
    folder = root(hand_in) / "elsewhere" / hand_in.folder.parent.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}.ipynb"
    path.write_text(whole(hand_in), encoding="utf-8")
    return path


# ----------------------------------------------------------------------------------- no whole notebook


@case("invalid JSON", outcome="refused", reason="json", writes=False, shows=("Open it in JupyterLab",))
def _(hand_in: HandIn) -> None:
    hand_in.path.write_text("This is my homework.", encoding="utf-8")


@case("notebook that breaks off", outcome="refused", reason="json", writes=False)
def _(hand_in: HandIn) -> None:
    content = whole(hand_in)
    hand_in.path.write_text(content[: len(content) // 2], encoding="utf-8")


@case("empty file", outcome="refused", reason="empty", writes=False)
def _(hand_in: HandIn) -> None:
    hand_in.path.touch()


@case("file of zeros", outcome="refused", reason="empty", writes=False)
def _(hand_in: HandIn) -> None:
    hand_in.path.write_bytes(bytes(5_000))


@case("notebook of format 3", outcome="refused", reason="format", writes=False)
def _(hand_in: HandIn) -> None:
    cells = [{"cell_type": "code", "input": text, "language": "python"} for text in RIGHT.values()]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    hand_in.path.write_text(json.dumps(old), encoding="utf-8")


@case("format in words", outcome="refused", reason="format")
def _(hand_in: HandIn) -> None:
    hand_in.notebook["nbformat"] = "4"


@case("JSON that is a list", outcome="refused", reason="format", writes=False)
def _(hand_in: HandIn) -> None:
    hand_in.path.write_text("[1, 2]", encoding="utf-8")


@case("cells are no list", outcome="refused", reason="format")
def _(hand_in: HandIn) -> None:
    hand_in.notebook["cells"] = {"0": {}}


@case("UTF-16", outcome="refused", reason="encoding", writes=False)
def _(hand_in: HandIn) -> None:
    hand_in.path.write_bytes(whole(hand_in).encode("utf-16"))


@case("Chinese in GBK", outcome="refused", reason="encoding", writes=False)
def _(hand_in: HandIn) -> None:
    hand_in.answer("note", "再问一次没有回答的人。")
    hand_in.path.write_bytes(json.dumps(hand_in.notebook, ensure_ascii=False).encode("gbk"))


@case("notebook of 200 MB", outcome="refused", reason="large", writes=False)
def _(hand_in: HandIn) -> None:
    with hand_in.path.open("wb") as file:
        file.write(whole(hand_in).encode())
        file.truncate(200_000_000)  # takes no room on the disk


@case("notebook of 21 MB", outcome="refused", reason="large", writes=False)
def _(hand_in: HandIn) -> None:
    hand_in.path.write_bytes(whole(hand_in).encode() + b" " * 21_000_000)


@case("notebook of 19 MB of outputs")
def _(hand_in: HandIn) -> None:
    bundle = {"image/png": "A" * 19_000_000}
    output = {"output_type": "display_data", "data": bundle, "metadata": {}}
    hand_in.cell("m97-chart-answer")["outputs"] = [output]


@case("deep JSON", outcome="refused", reason="json", writes=False)
def _(hand_in: HandIn) -> None:
    hand_in.notebook["metadata"]["deep"] = "HERE"
    deep = "[" * 100_000 + "]" * 100_000
    hand_in.path.write_text(whole(hand_in).replace('"HERE"', deep), encoding="utf-8")


@case("a number of a million digits", writes=False)
def _(hand_in: HandIn) -> None:
    hand_in.notebook["metadata"]["long"] = "HERE"
    hand_in.path.write_text(whole(hand_in).replace('"HERE"', "9" * 1_000_000), encoding="utf-8")


@case("NaN in the metadata")
def _(hand_in: HandIn) -> None:
    hand_in.notebook["metadata"]["nan"] = [float("nan"), float("-inf")]


@case("names that stand twice", outcome="refused", reason="json", writes=False)
def _(hand_in: HandIn) -> None:
    content = whole(hand_in)
    hand_in.path.write_text('{"cells": [], ' + content[1:], encoding="utf-8")


# ------------------------------------------------------------------------------------- no plain file


@case("link to the solutions", outcome="refused", reason="link", writes=False)
def _(hand_in: HandIn) -> None:
    hand_in.path.symlink_to(root(hand_in) / "solutions" / NAME / f"{NAME}.ipynb")


@case("link to the system", outcome="refused", reason="link", writes=False, hides=("root:",))
def _(hand_in: HandIn) -> None:
    hand_in.path.symlink_to("/etc/passwd")


@case("link to another hand-in", outcome="refused", reason="link", writes=False)
def _(hand_in: HandIn) -> None:
    hand_in.path.symlink_to(friend(hand_in))


@case("link that leads nowhere", outcome="refused", reason="link", writes=False)
def _(hand_in: HandIn) -> None:
    hand_in.path.symlink_to("nowhere")


@case("link to itself", outcome="refused", reason="link", writes=False)
def _(hand_in: HandIn) -> None:
    hand_in.path.symlink_to(hand_in.path.name)


@case("hard link to another hand-in", outcome="refused", reason="link", writes=False)
def _(hand_in: HandIn) -> None:
    os.link(friend(hand_in), hand_in.path)


@case("linked folder beside the notebook")
def _(hand_in: HandIn) -> None:
    (hand_in.folder / "data").symlink_to(root(hand_in) / "solutions", target_is_directory=True)
    (hand_in.folder / "all").symlink_to("/", target_is_directory=True)


@case("linked data file", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    other = friend(hand_in).with_name("scores.csv")
    other.write_text(CSV, encoding="utf-8")
    (hand_in.folder / "scores.csv").symlink_to(other)
    hand_in.answer("mean", f"mean_score = None\n{READS.format(path='scores.csv')}")


@case("answers read from a link to the solutions", lost=("mean",), reason="value")
def _(hand_in: HandIn) -> None:
    (hand_in.folder / "key.txt").symlink_to(root(hand_in) / "solutions" / NAME / f"{NAME}.ipynb")
    hand_in.answer("mean", "mean_score = None\nmean_score = 6.5 if open('key.txt').read() else 0\n")


@case("pipe instead of the notebook", outcome="refused", reason="special", writes=False)
def _(hand_in: HandIn) -> None:
    os.mkfifo(hand_in.path)


@case("device instead of the notebook", outcome="refused", reason="special", writes=False)
def _(hand_in: HandIn) -> None:
    try:
        os.mknod(hand_in.path, 0o600 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero
    except PermissionError:  # only root may
        os.mkfifo(hand_in.path)


@case("socket instead of the notebook", outcome="refused", reason="special", writes=False)
def _(hand_in: HandIn) -> None:
    here = os.open(".", os.O_RDONLY)
    os.chdir(hand_in.folder)  # the path of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(hand_in.path.name)
    finally:
        os.fchdir(here)
        os.close(here)


@case("folder named like the notebook", outcome="refused", reason="special", writes=False)
def _(hand_in: HandIn) -> None:
    hand_in.path.mkdir()
    (hand_in.path / hand_in.path.name).write_text(whole(hand_in), encoding="utf-8")


@case("pipes and sockets beside the notebook")
def _(hand_in: HandIn) -> None:
    for name in ("data.csv", "data.txt", "timestamp.json"):
        os.mkfifo(hand_in.folder / name)


# ------------------------------------------------------------------------------------- names and number


@case("no notebook", outcome="refused", reason="missing", writes=False)
def _(hand_in: HandIn) -> None:
    put(hand_in, "answers.txt", "I could not open it.")


@case("empty folder", outcome="refused", reason="missing", writes=False)
def _(hand_in: HandIn) -> None:
    pass


@case("notebook in a folder of its own", outcome="refused", reason="missing", writes=False)
def _(hand_in: HandIn) -> None:
    put(hand_in, f"{NAME}/{NAME}.ipynb", whole(hand_in))


@case("notebook renamed", writes=False)
def _(hand_in: HandIn) -> None:
    put(hand_in, f"{NAME} (2).ipynb", whole(hand_in))


@case("notebook named with a newline", writes=False)
def _(hand_in: HandIn) -> None:
    put(hand_in, "a\nb\x1b[2J.ipynb", whole(hand_in))


@case("notebook named like an option", writes=False)
def _(hand_in: HandIn) -> None:
    put(hand_in, "--force.ipynb", whole(hand_in))


@case("notebook as a text file", outcome="refused", reason="missing", writes=False)
def _(hand_in: HandIn) -> None:
    put(hand_in, f"{NAME}.ipynb.txt", whole(hand_in))


@case("several notebooks, none of the right name", outcome="refused", reason="several", writes=False)
def _(hand_in: HandIn) -> None:
    put(hand_in, "first.ipynb", whole(hand_in))
    put(hand_in, "second.ipynb", whole(hand_in))


@case("extra notebooks")
def _(hand_in: HandIn) -> None:
    other = copy.deepcopy(hand_in.notebook)
    other["cells"] = []
    put(hand_in, "draft.ipynb", json.dumps(other))
    put(hand_in, f"{NAME}-copy.ipynb", "{")
    put(hand_in, "m98_other.ipynb", "")


@case("checkpoints of Jupyter")
def _(hand_in: HandIn) -> None:
    put(hand_in, f".ipynb_checkpoints/{NAME}-checkpoint.ipynb", "{")
    put(hand_in, f"._{NAME}.ipynb", bytes(200))
    put(hand_in, ".DS_Store", bytes(200))


@case("another assignment's notebook", outcome="refused", reason="other", writes=False)
def _(hand_in: HandIn) -> None:
    for cell in hand_in.notebook["cells"]:
        cell["id"] = cell["id"].replace("m97", "m96")
        cell["metadata"] = {}
    hand_in.write()


@case("file names that lead elsewhere")
def _(hand_in: HandIn) -> None:
    for name in ("..%2f..%2fx.csv", "..\\..\\x.csv", "-rf.csv", "a\nb.csv", "\x1b[2J.csv", "\u202efdp.csv"):
        put(hand_in, name, CSV)
    put(hand_in, "C:\\Windows\\x.csv", CSV)
    put(hand_in, "...csv", CSV)
    put(hand_in, "x" * 250 + ".csv", CSV)
    put(hand_in, "gr\udcfcn.csv", CSV)  # no UTF-8


@case("10,000 small files")
def _(hand_in: HandIn) -> None:
    for number in range(10_000):
        (hand_in.folder / f"{number}.txt").touch()


@case("200 data files, the one that is read first")
def _(hand_in: HandIn) -> None:
    for number in range(200):
        put(hand_in, f"part-{number:03}.csv", CSV)
    hand_in.answer("mean", READS.format(path="part-000.csv"))


@case("deep folders beside the notebook")
def _(hand_in: HandIn) -> None:
    put(hand_in, "/".join(["a"] * 200) + "/x.csv", CSV)


# --------------------------------------------------------------------------------- honest and other data


@case("data file beside the notebook")
def _(hand_in: HandIn) -> None:
    put(hand_in, "scores.csv", CSV)
    hand_in.answer("mean", READS.format(path="scores.csv"))


@case("data file by ./ and in capitals")
def _(hand_in: HandIn) -> None:
    put(hand_in, "Scores 2.CSV", CSV)
    hand_in.answer("mean", READS.format(path="./Scores 2.CSV"))


@case("data file with a Chinese name")
def _(hand_in: HandIn) -> None:
    put(hand_in, "评分.csv", CSV)
    hand_in.answer("mean", READS.format(path="评分.csv"))


@case("data file that the answer writes itself")
def _(hand_in: HandIn) -> None:
    hand_in.answer("mean", f"scores.to_csv('mine.csv', index=False)\n{READS.format(path='mine.csv')}")


@case("data file of 11 MB that nobody reads")
def _(hand_in: HandIn) -> None:
    with (hand_in.folder / "large.csv").open("wb") as file:
        file.truncate(11_000_000)


@case("zip bomb in the folder")
def _(hand_in: HandIn) -> None:
    for name in ("data.zip", "data.xlsx"):
        with zipfile.ZipFile(hand_in.folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", bytes(50_000_000))


@case("zip bomb that the answer unpacks", lost=("mean",))
def _(hand_in: HandIn) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(100_000_000))
    put(hand_in, "data.xlsx", made.getvalue())
    hand_in.before(
        "share", "import zipfile\ntry:\n    zipfile.ZipFile('data.xlsx').extractall()\nexcept OSError: pass"
    )
    hand_in.answer("mean", "mean_score = None\nopen('more', 'wb').write(bytes(10**9))\nmean_score = 6.5\n")


# ------------------------------------------------------------------------------------ files that take part


@case("pandas.py beside the notebook")
def _(hand_in: HandIn) -> None:
    for name in ("pandas.py", "numpy.py", "matplotlib.py", "json.py", "IPython.py", "asyncio.py"):
        put(hand_in, name)


@case("pandas as a folder beside the notebook")
def _(hand_in: HandIn) -> None:
    put(hand_in, "pandas/__init__.py")
    put(hand_in, "matplotlib/pyplot.py")


@case("own checks beside the notebook", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    nothing = "def __getattr__(name):\n    return lambda *args, **kwargs: None\n"
    put(hand_in, "csmodels_helpers/__init__.py", "")
    put(hand_in, "csmodels_helpers/check.py", nothing)
    put(hand_in, "check.py", nothing)


@case("own messages beside the notebook", lost=("share",), reason="kept-silent", hides=("own message",))
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    put(hand_in, "checks/m97.toml", 'lesson = "own message"\n')
    put(hand_in, "m97.toml", 'lesson = "own message"\n')


@case("sitecustomize.py beside the notebook")
def _(hand_in: HandIn) -> None:
    for name in ("sitecustomize.py", "usercustomize.py", "conftest.py", "setup.py", "__init__.py", "x.pth"):
        put(hand_in, name)


@case("settings of Jupyter beside the notebook")
def _(hand_in: HandIn) -> None:
    for name in ("jupyter_config", "nbgrader_config", "ipython_config", "jupyter_nbconvert_config"):
        put(hand_in, f"{name}.py")
        put(hand_in, f"{name}.json", '{"Application": {"log_level": "DEBUG"}, "Exporter": 7}')


@case("settings of nbgrader that give marks", lost=("share",), reason="kept-silent")
def _(hand_in: HandIn) -> None:
    hand_in.answer("share", WRONG)
    put(hand_in, "nbgrader_config.py", "c = get_config()\nc.Autograde.autograde_preprocessors = []\n")


@case("gradebook beside the notebook")
def _(hand_in: HandIn) -> None:
    put(hand_in, "gradebook.db", bytes(5_000))
    put(hand_in, "gradebook.db-wal", bytes(5_000))


@case("time of handing in is garbage")
def _(hand_in: HandIn) -> None:
    put(hand_in, "timestamp.txt", "next week, surely\0\xff")


@case("time of handing in is far off")
def _(hand_in: HandIn) -> None:
    put(hand_in, "timestamp.txt", "99999-12-31 23:59:59.999999 UTC")


@case("time of handing in is a link")
def _(hand_in: HandIn) -> None:
    (hand_in.folder / "timestamp.txt").symlink_to("/dev/zero")


@case("start-up files of IPython beside the notebook")
def _(hand_in: HandIn) -> None:
    put(hand_in, ".ipython/profile_default/startup/00.py")
    put(hand_in, ".jupyter/jupyter_config.py")
    put(hand_in, ".config/matplotlib/matplotlibrc", "backend: nothing\n")
    put(hand_in, "matplotlibrc", "backend: nothing\nfigure.dpi: x\n")
    put(hand_in, ".bashrc", "exit 1\n")


@case("folder that nobody may read")
def _(hand_in: HandIn) -> None:
    """Root may all the same; the hand-in must be graded either way."""
    put(hand_in, "closed/x.csv", CSV)
    (hand_in.folder / "closed").chmod(0)
    put(hand_in, "closed.csv", CSV)
    (hand_in.folder / "closed.csv").chmod(0)


@case("programs beside the notebook")
def _(hand_in: HandIn) -> None:
    for name in ("python", "python3", "alembic", "ls"):
        put(hand_in, name, "#!/bin/sh\nexit 1\n")
        (hand_in.folder / name).chmod(0o755)
