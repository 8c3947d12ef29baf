# -*- coding: utf-8 -*-
"""Set the course up and start it: `python3 start.py lab` (Windows: `py start.py lab`).

Standard library only. This file has to be readable for old interpreters as well (no f-strings, no
annotations), so that they can say in one sentence that they are too old.

    lab      set up once, check the machine, copy the course into work/, open JupyterLab there
    test     set up for development, run the tests layer by layer, stop at the first broken layer
    browser  the tests that drive a real browser
    hub      set up and start a hub for a class (Linux; `start.py hub --help`)
    setup    only the set-up; with --dev the one for development
    run      python of the set-up environment with the given arguments (used by the Makefile)
"""

import ast
import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
# Each has all that the one before it has.
LOCKS = {"core": "requirements.lock", "hub": "requirements-hub.lock", "dev": "requirements-dev.lock"}
# Gigabytes that the set-up needs at its peak: .venv, pip's download cache and its temporary files.
# Measured on Linux (README, "Size and time"), rounded up.
DISK_GB = {"core": 1.5, "hub": 2.0, "dev": 3.0}
MINUTES = {"core": "1 to 3 minutes", "hub": "1 to 3 minutes", "dev": "2 to 5 minutes"}
LOG = "csmodels-setup.log"
STAMP = "csmodels-setup.json"
LAYERS = (
    (
        "quick",
        [
            "-m",
            "not (lessons or grading or browser or hub or guards or busy or kills or spark or thorough)",
            "-n",
            "2",
        ],
    ),
    ("lessons", ["-m", "lessons and not thorough", "-n", "2", "--dist", "loadgroup"]),
    ("grading", ["-m", "grading and not (guards or thorough)", "-n", "2", "--dist", "loadfile"]),
)
NO_TESTS = 5  # pytest's exit code for "collected nothing"
# JupyterLab asks nobody on the internet for news, updates or extensions.
LAB_CONFIG = os.path.join(ROOT, "deploy", "laptop")
QUIET_LAB = [
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--ServerApp.log_level=WARN",
    "--LabApp.log_level=WARN",
    # Notebook and kernel talk encrypted where both can; else every kernel warns in the terminal.
    "--KernelManager.transport_encryption=auto",
]


class StartError(Exception):
    """Something that the person in front of the screen can mend; printed as it is, no traceback."""

    harmless = False  # True: pip stopped before it changed anything in .venv


def both(english, chinese):
    """Join the two languages: a line each."""
    return english + "\n" + chinese


def say(line):
    """Print a line at once, also where the console cannot show Chinese."""
    try:
        print(line)
    except UnicodeError:
        print(line.encode("ascii", "replace").decode("ascii"))
    sys.stdout.flush()


def check_python(version):
    """Refuse an interpreter that is too old."""
    if tuple(version[:2]) < OLDEST:
        found = ".".join(str(part) for part in version[:3])
        raise StartError(
            both(
                "This is Python %s; the course needs Python 3.11 or newer. Install it "
                "(https://www.python.org/downloads/), then start again with it, for example: "
                "python3.12 start.py lab" % found,
                "当前的 Python 是 %s，本课程需要 Python 3.11 或更新的版本。请先安装新版本，"
                "再用它启动，例如：python3.12 start.py lab" % found,
            )
        )


def check_venv_module():
    """Refuse a Python that cannot make environments (Debian and Ubuntu split that part off)."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise StartError(
            both(
                "This Python cannot make environments: its venv part is missing. "
                "On Debian or Ubuntu: sudo apt install python3-venv. Then start again.",
                "当前的 Python 缺少 venv 组件，无法创建环境。"
                "Debian 或 Ubuntu 请执行：sudo apt install python3-venv，然后重新启动。",
            )
        )


def folder_gb(path):
    """Return how many gigabytes a folder holds."""
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except OSError:
                pass
    return total / 1e9


def check_disk(kind, free_gb=None):
    """Refuse to begin what the disk cannot hold; what .venv holds already is not needed again."""
    if free_gb is None:
        import shutil

        free_gb = shutil.disk_usage(ROOT).free / 1e9
    need = max(DISK_GB[kind] - folder_gb(VENV), 0.2)
    if free_gb < need:
        raise StartError(
            both(
                "Too little free disk: the set-up needs %.1f GB in %s and there are %.1f GB. "
                "Free some space and start again." % (need, ROOT, free_gb),
                "磁盘空间不足：安装需要在 %s 中有 %.1f GB，目前只有 %.1f GB。"
                "请先清理磁盘，再重新启动。" % (ROOT, need, free_gb),
            )
        )


def check_port(port):
    """Refuse a port that was asked for and that another program has."""
    try:
        number = int(port)
        assert 0 < number < 65536
    except (ValueError, AssertionError):
        raise StartError(
            both(
                "--port takes a whole number from 1 to 65535, not %s." % port,
                "--port 应为 1 到 65535 之间的整数，而不是 %s。" % port,
            )
        )
    probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", number))
    except (OSError, OverflowError):
        raise StartError(
            both(
                "Port %d cannot be had: another program uses it. Ask for another one (--port %d), "
                "or leave --port out and JupyterLab takes the next free one." % (number, number + 1),
                "端口 %d 已被其他程序占用。请换一个端口（--port %d），或者不写 --port，"
                "JupyterLab 会自动选择下一个可用端口。" % (number, number + 1),
            )
        )
    finally:
        probe.close()


def venv_bin():
    """Return the folder of the environment's programs."""
    return os.path.join(VENV, "Scripts" if os.name == "nt" else "bin")


def venv_python():
    """Return the environment's interpreter."""
    return os.path.join(venv_bin(), "python.exe" if os.name == "nt" else "python")


def child_environment(programs=None):
    """Return the variables for every child: its own programs come first, nothing leaks in."""
    variables = dict(os.environ)
    programs = programs or venv_bin()
    variables["PATH"] = programs + os.pathsep + variables.get("PATH", "")
    for name in ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_HASHES"):
        variables.pop(name, None)
    variables.update(PYTHONNOUSERSITE="1", PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1")
    configs = [LAB_CONFIG, variables.get("JUPYTER_CONFIG_PATH", "")]
    variables["JUPYTER_CONFIG_PATH"] = os.pathsep.join(path for path in configs if path)
    if programs == venv_bin():
        variables["VIRTUAL_ENV"] = VENV
        variables["PIP_REQUIRE_VIRTUALENV"] = "1"  # never into the computer's own Python
    return variables


def file_hash(name):
    """Return the SHA-256 of one of the project's files."""
    with open(os.path.join(ROOT, name), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def read_stamp():
    """Return what the last finished set-up noted, or {} if there was none."""
    import json

    try:
        with open(os.path.join(VENV, STAMP), encoding="utf-8") as file:
            stamp = json.load(file)
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(stamp):
    """Note a finished set-up, in one piece."""
    import json

    path = os.path.join(VENV, STAMP)
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(stamp, file)
    os.replace(path + ".new", path)


def alive():
    """Return the version of the environment's Python, as "3.11", or None if there is no whole one.

    Without its pyvenv.cfg the program in .venv would be the computer's own Python, and pip would install
    there; so where it stands is asked too.
    """
    code = "import sys, pip; print('%d.%d' % sys.version_info[:2]); print(ascii(sys.prefix))"
    try:
        found = subprocess.run(
            [venv_python(), "-c", code],
            env=child_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    version, prefix = found.stdout.decode("ascii", "replace").splitlines()
    at_home = os.path.realpath(ast.literal_eval(prefix)) == os.path.realpath(VENV)
    return version if at_home else None


def wanted_stamp(kind, python):
    """Return the stamp that a set-up of this kind leaves behind now."""
    return {
        "kind": kind,
        "lock": file_hash(LOCKS[kind]),
        "python": python,
        "folder": ROOT,  # programs in .venv hold their absolute path
        "project": file_hash("pyproject.toml"),
    }


def last_useful_line(lines):
    """Return the line of pip's output that says most: the last ERROR, exception or word."""
    for mark in (r"ERROR: \S", r"\s*\w+Error: ", r"error: \S", r"(?!hint:|note:).*\S"):
        found = [line for line in lines if re.match(mark, line)]
        if found:
            return found[-1].strip()
    return "(nothing)"


def explain_pip(lines):
    """Return the StartError that pip's output means."""
    whole = "\n".join(lines)
    last = last_useful_line(lines)
    if "No space left on device" in whole or "[Errno 28]" in whole or "WinError 112" in whole:
        import tempfile

        return StartError(
            both(
                "The disk is full (%s or %s). Free some space and start again; it goes on from there."
                % (ROOT, tempfile.gettempdir()),
                "磁盘已满（%s 或 %s）。请清理磁盘后重新启动，安装会接着进行。"
                % (ROOT, tempfile.gettempdir()),
            )
        )
    if "DO NOT MATCH THE HASHES" in whole:
        problem = StartError(
            both(
                "A downloaded package is not the one that the course was made with (wrong hash), so it was "
                "not installed. Try another network; if it stays so, report it.",
                "下载的软件包与课程所用的不一致（哈希值不符），因此没有安装。请换一个网络再试；若仍然如此，请反馈。",
            )
        )
        problem.harmless = True
        return problem
    offline = ("Retrying (", "NewConnectionError", "Max retries exceeded", "Connection aborted", "ProxyError")
    if any(mark in whole for mark in offline) or "Read timed out" in whole:
        problem = StartError(
            both(
                "The packages could not be downloaded: check the network (or the proxy) and start again. "
                "pip says: %s" % last,
                "无法下载软件包：请检查网络（或代理）后重新启动。pip 的提示：%s" % last,
            )
        )
        problem.harmless = True
        return problem
    return StartError(
        both(
            "The installation failed. pip says: %s (all of it: %s)" % (last, os.path.join(VENV, LOG)),
            "安装失败。pip 的提示：%s（完整记录：%s）" % (last, os.path.join(VENV, LOG)),
        )
    )


def pip(arguments, packages=0):
    """Run pip; count on one line where somebody looks, keep the output in a file in .venv."""
    command = [venv_python(), "-m", "pip", "install", "--progress-bar", "off", "--no-input"] + arguments
    lines, done = [], 0
    watched = packages and sys.stdout.isatty()
    child = subprocess.Popen(
        command, cwd=ROOT, env=child_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        with open(os.path.join(VENV, LOG), "ab") as log:
            for raw in child.stdout:
                log.write(raw)
                line = raw.decode("utf-8", "replace").rstrip()
                lines.append(line)
                if watched and line.startswith("Collecting "):
                    done += 1
                    sys.stdout.write("\r      %d of %d packages " % (done, packages))
                    sys.stdout.flush()
                elif watched and line.startswith("Installing collected"):
                    sys.stdout.write("\r      unpacking %d packages      " % done)
                    sys.stdout.flush()
        code = child.wait()
    except BaseException:
        child.kill()
        child.wait()
        raise
    finally:
        if watched:
            sys.stdout.write("\r" + " " * 40 + "\r")
    if code:
        raise explain_pip(lines)


def make_venv(clear):
    """Make .venv, or make it anew."""
    command = [sys.executable, "-m", "venv"] + (["--clear"] if clear else []) + [VENV]
    made = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        raise explain_pip(made.stdout.decode("utf-8", "replace").splitlines())


def set_up(kind):
    """Bring .venv in line with the lock; do nothing if it is. Return whether anything was done."""
    check_python(sys.version_info)
    stamp, python = read_stamp(), alive()
    kinds = list(LOCKS)
    if stamp.get("kind") in kinds[kinds.index(kind) :]:
        kind = stamp["kind"]  # what is there has more than is asked for
    wanted = wanted_stamp(kind, python)
    if python and stamp == wanted:
        return False
    same = [key for key in wanted if stamp.get(key) == wanted[key]]
    packages_stand = python and set(same) >= {"kind", "lock", "python", "folder"}
    mendable = python and stamp.get("folder", ROOT) == ROOT
    if stamp.get("unfinished"):
        mendable = False  # stopped while unpacking: begin anew; what was downloaded is in pip's cache
    if mendable and tuple(int(part) for part in python.split(".")) < OLDEST:
        mendable = False
    if not mendable:
        check_venv_module()
    check_disk(kind)
    begun = time.time()
    try:
        if not mendable:
            say("[1/3] Making .venv (half a minute at most) · 创建 .venv（不超过半分钟）")
            make_venv(clear=os.path.lexists(VENV))
        else:
            say("[1/3] .venv is there · 已有 .venv")
        write_stamp({"unfinished": True})
        if not packages_stand:
            with open(os.path.join(ROOT, LOCKS[kind]), encoding="utf-8") as file:
                count = sum("==" in line for line in file)
            say(
                "[2/3] Downloading and installing about %d packages, %s · 下载安装约 %d 个软件包，约需数分钟"
                % (count, MINUTES[kind], count)
            )
            try:
                pip(["--require-hashes", "-r", LOCKS[kind]], count)
            except StartError as problem:
                if problem.harmless:
                    write_stamp({})
                raise
        else:
            say("[2/3] The packages are there · 软件包已就绪")
        say("[3/3] Adding the course's own package (seconds) · 安装课程自身的软件包（数秒）")
        pip(["--no-deps", "--no-build-isolation", "-e", "."])
        write_stamp(wanted_stamp(kind, alive()))
    except OSError as error:
        if error.errno == 28:
            raise explain_pip(["[Errno 28]"])
        raise StartError(both("The set-up cannot go on: %s" % error, "安装无法继续：%s" % error))
    took = time.time() - begun
    say("Set up in %d min %02d s. · 安装完成。" % (took // 60, took % 60))
    return True


def call(arguments, python=None, cwd=ROOT):
    """Run the environment's Python with these arguments and return its exit code."""
    python = python or venv_python()
    child = subprocess.Popen([python] + arguments, cwd=cwd, env=child_environment(os.path.dirname(python)))
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            pass  # the child got it too and decides
        except SystemExit:
            child.terminate()
            child.wait()
            raise


def leave(number, frame):
    """Take the children along when this script is told to end."""
    raise SystemExit(128 + number)


def lab(arguments):
    """Check, copy, open JupyterLab."""
    arguments, python, port = list(arguments), None, None
    if "--this-python" in arguments:
        arguments.remove("--this-python")
        check_python(sys.version_info)
        python = sys.executable
    for place, argument in enumerate(arguments):
        if argument == "--port":
            if place + 1 == len(arguments):
                raise StartError(both("--port needs a number.", "--port 后面需要一个端口号。"))
            port = arguments[place + 1]
            del arguments[place : place + 2]
            break
        if argument.startswith("--port="):
            port = argument[len("--port=") :]
            del arguments[place]
            break
    if port is not None:
        check_port(port)
    if python is None:
        set_up("core")
    say("Checking this computer (seconds) · 检查本机环境（数秒）")
    if call(["-m", "csmodels_helpers.cli", "doctor"], python):
        return 1
    say("Copying the course into work/ (seconds) · 把课程复制到 work/（数秒）")
    if call(["-m", "csmodels_helpers.cli", "update"], python):
        return 1
    work = os.path.join(ROOT, "work")
    command = ["-m", "jupyterlab", "--ServerApp.root_dir=" + work] + QUIET_LAB
    if os.path.exists(os.path.join(work, "m00_start_here.ipynb")):
        command.append("--LabApp.default_url=/lab/tree/m00_start_here.ipynb")
    if port is not None:
        command += ["--ServerApp.port=" + str(int(port)), "--ServerApp.port_retries=0"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # containers; the server listens on this machine alone
    say(
        "Opening JupyterLab; to stop it press Ctrl-C twice here · 打开 JupyterLab；在此按两次 Ctrl-C 即可停止"
    )
    return call(command + arguments, python, cwd=work)


def hub(arguments):
    """Start a hub for a class."""
    if not sys.platform.startswith("linux"):
        raise StartError(
            both(
                "A hub needs Linux. On this computer `start.py lab` opens the course for yourself.",
                "中心需要 Linux。在本机请用 `start.py lab` 为自己打开课程。",
            )
        )
    set_up("hub")
    return call(["-m", "csmodels_helpers.hub"] + arguments)


def test(arguments, layers=LAYERS):
    """Run the layers of tests in their order and stop at the first broken one."""
    set_up("dev")
    if "-m" in arguments:
        layers = (("chosen", []),)
    for name, chosen in layers:
        say("Tests: %s · 测试：%s" % (name, name))
        code = call(["-m", "pytest"] + chosen + arguments)
        if code not in (0, NO_TESTS):
            return code
    return 0


def main(arguments):
    """Do what was asked and return the exit code."""
    command, rest = (arguments[0] if arguments else ""), arguments[1:]
    try:
        check_python(sys.version_info)
        if command == "lab":
            return lab(rest)
        if command == "test":
            return test(rest)
        if command == "browser":
            return test(rest, ((command, ["-m", "browser"]),))
        if command == "hub":
            return hub(rest)
        if command == "setup" and rest in ([], ["--dev"]):
            if not set_up("dev" if rest else "core"):
                say("Everything is set up. · 一切就绪。")
            return 0
        if command == "run":
            set_up("dev")
            return call(rest)
        say(__doc__.strip())
        return 0 if command in ("-h", "--help", "help") else 2
    except StartError as problem:
        say(str(problem))
        return 1
    except KeyboardInterrupt:
        say(
            both(
                "\nStopped. The same command goes on from here.",
                "已中止。再次执行同一命令即可继续。",
            )
        )
        return 130


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, leave)
    sys.exit(main(sys.argv[1:]))
