"""sandbox: what trainees' code cannot do, what it can, and that the zygote goes on after each."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

import csmodels_helpers
from csmodels_helpers.grading import sandbox, sandbox_limits
from csmodels_helpers.grading.sandbox_limits import make_cgroup, remove_cgroup

ROOT = Path(csmodels_helpers.__file__).resolve().parents[1]
NOBODY = 65534
REAL_ROOT = os.geteuid() == 0

pytestmark = [
    pytest.mark.grading,
    pytest.mark.skipif(not sandbox.isolation().namespaces, reason="this machine has no namespaces for us"),
]

ZYGOTE = """
import json, os, socket, sys, time, traceback
sys.path.insert(0, sys.argv[2])
from csmodels_helpers.grading import sandbox, sandbox_limits, sandbox_seccomp
link, kind = socket.socket(fileno=int(sys.argv[1])), sys.argv[3]
if kind == "unfiltered":
    sandbox.has_filter = lambda: False
if kind == "old":
    call = sandbox_limits.call
    def old(name, *values):  # a kernel without mount_setattr
        if name == "syscall":
            raise OSError(38, "Function not implemented")
        return call(name, *values)
    sandbox.call = old
if kind != "open":
    sandbox.enter(link, sandbox.readable_paths())
if kind == "warm":
    import matplotlib, pandas, scipy.stats, seaborn, statsmodels.api
    import matplotlib.pyplot
waiting = {}
while message := link.recv(2**16, socket.MSG_PEEK):
    message, (output,), _, _ = socket.recv_fds(link, 2**16, 1)
    wish = json.loads(message)
    if "kill" in wish:
        os.kill(wish["kill"], 9)
        link.send(b"{}")
        os.close(output)
        continue
    if "wait" in wish:
        _, status = os.waitpid(wish["wait"], 0)
        link.send(json.dumps({"status": os.waitstatus_to_exitcode(status)}).encode())
        os.close(output)
        continue
    try:
        files = {name: words.encode() for name, words in wish["files"].items()}
        child = sandbox.fork(sandbox.Limits(**wish["limits"]), files, {output}, kind != "open")
    except Exception as error:
        link.send(json.dumps({"error": f"{type(error).__name__}: {error}"}).encode())
        os.close(output)
        continue
    if child == 0:
        code = 1
        try:
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.close(output)
            exec(compile(wish["code"], "<trainee>", "exec"), {"__name__": "__main__"})
            code = 0
        except SystemExit as end:
            code = end.code
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(code)
    os.close(output)
    link.send(json.dumps({"pid": child}).encode())
    if kind == "deaf":
        time.sleep(60)
"""

LIBC = """
import ctypes, errno, os, socket, stat, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *values):
    if getattr(libc, name)(*values) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
"""


class Zygote:
    """A zygote, and this process as its worker."""

    def __init__(self, kind: str = "filtered", python: str = sys.executable, user: int | None = None) -> None:
        self.ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.ours.settimeout(60)
        self.root = REAL_ROOT and user is None
        with theirs, Path(__file__).open("rb") as words:
            self.process = subprocess.Popen(
                [python, "-I", "-c", ZYGOTE, str(theirs.fileno()), str(ROOT), kind],
                stdin=words,  # not for trainees
                pass_fds=[theirs.fileno()],
                env={"PATH": os.defpath},
                cwd="/",
                **({} if user is None else {"user": user, "group": user, "extra_groups": []}),
            )
        if kind != "open":
            with as_user(user):
                sandbox.admit(self.process.pid, self.ours)

    def start(self, code: str, files: dict[str, str] | None = None, **limits: int) -> Run:
        reader, writer = os.pipe()
        answer = self.ask(
            {"code": textwrap.dedent(code), "files": files or {}, "limits": {"processes": 16} | limits},
            writer,
        )
        os.close(writer)
        if "error" in answer:
            os.close(reader)
            raise OSError(answer["error"])
        return Run(self, answer["pid"], reader)

    def ask(self, wish: dict[str, Any], output: int) -> dict[str, Any]:
        socket.send_fds(self.ours, [json.dumps(wish).encode()], [output])
        return json.loads(self.ours.recv(2**16))

    def run(self, code: str, files: dict[str, str] | None = None, **limits: int) -> tuple[int, str]:
        return self.start(code, files, **limits).end()

    def prints(self, code: str, files: dict[str, str] | None = None, **limits: int) -> str:
        """Run code that must succeed, and see that the zygote goes on."""
        status, output = self.run(code, files, **limits)
        assert status == 0, output
        assert self.run("print('next')") == (0, "next\n")
        return output

    def close(self) -> None:
        self.ours.close()
        try:
            self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()
            sandbox.release(self.process.pid)


class Run:
    """A child of the zygote."""

    def __init__(self, zygote: Zygote, pid: int, reader: int) -> None:
        self.zygote, self.pid, self.reader, self.output = zygote, pid, reader, b""

    def read(self, until: bytes | None = None, seconds: float = 30) -> str:
        """Read its output: up to some words, or up to the end of every process that could write."""
        end = time.monotonic() + seconds
        while until is None or until not in self.output:
            ready, _, _ = select.select([self.reader], [], [], max(end - time.monotonic(), 0))
            assert ready, f"still running after {seconds} s: {self.output[-2000:]!r}"
            part = os.read(self.reader, 2**16)
            if not part:
                break
            self.output += part
        return self.output.decode()

    def kill(self) -> None:
        reader, writer = os.pipe()
        self.zygote.ask({"kill": self.pid}, writer)
        os.close(reader)
        os.close(writer)
        assert self.end()[0] == -signal.SIGKILL

    def end(self) -> tuple[int, str]:
        output = self.read()
        os.close(self.reader)
        reader, writer = os.pipe()
        answer = self.zygote.ask({"wait": self.pid}, writer)
        os.close(reader)
        os.close(writer)
        return answer["status"], output


@contextlib.contextmanager
def as_user(user: int | None) -> Iterator[None]:
    """Be an ordinary user for a while."""
    if user is None:
        yield
        return
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def ordinary_python() -> str:
    """Return a Python that a user without rights can start; root's own may lie in a closed folder."""
    shut = [path for path in (ROOT, *ROOT.parents) if not path.stat().st_mode & stat.S_IXOTH]
    if shut:
        pytest.skip(f"an ordinary user cannot enter {shut[0]}, where the course lies: chmod o+rx {shut[0]}")
    for python in (sys.executable, "/usr/bin/python3"):
        command = [python, "-I", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        with contextlib.suppress(OSError):
            if (
                subprocess.run(
                    command, user=NOBODY, group=NOBODY, cwd="/", stderr=subprocess.DEVNULL
                ).returncode
                == 0
            ):
                return python
    pytest.skip("no Python here that an ordinary user can start")


@pytest.fixture(scope="module")
def filtered() -> Generator[Zygote]:
    """One as it is used, but without libraries."""
    zygote = Zygote()
    yield zygote
    zygote.close()


@pytest.fixture(scope="module")
def unfiltered() -> Generator[Zygote]:
    """One without the filter of system calls: everything else has to hold on its own."""
    zygote = Zygote("unfiltered")
    yield zygote
    zygote.close()


@pytest.fixture(scope="module")
def ordinary() -> Generator[Zygote]:
    """One of an ordinary user, without the filter. If that is who runs these tests, it is as the others."""
    zygote = Zygote("unfiltered", ordinary_python(), NOBODY) if REAL_ROOT else Zygote("unfiltered")
    yield zygote
    zygote.close()


@pytest.fixture(scope="module")
def warm() -> Generator[Zygote]:
    zygote = Zygote("warm")
    yield zygote
    zygote.close()


@pytest.fixture(scope="module")
def bare() -> Generator[Zygote]:
    """One that makes children which are not contained."""
    zygote = Zygote("open")
    yield zygote
    zygote.close()


@pytest.fixture(scope="module", params=["filtered", "unfiltered", "ordinary"])
def zygote(request: pytest.FixtureRequest) -> Zygote:
    return request.getfixturevalue(request.param)


# ------------------------------------------------------------------------------------- what it cannot see

HIDDEN = (
    *("solutions", "exercises", "tests", "notebooks", "docs", "deploy", ".ci", ".git", ".gitignore"),
    *("README.md", "nbgrader_config.py", "pyproject.toml", "requirements.lock", "start.py", "Makefile"),
)


@pytest.mark.parametrize("name", HIDDEN)
def test_the_checkout_is_out_of_sight(name: str, filtered: Zygote, bare: Zygote) -> None:
    code = f"import os; print(os.path.lexists({str(ROOT / name)!r}))"
    assert bare.prints(code) == "True\n"
    assert filtered.prints(code) == "False\n"


def test_nothing_else_is_in_sight(zygote: Zygote) -> None:
    """From the root down, there is nothing but what is shown and the folders above it."""
    shown = [*map(str, sandbox.readable_paths()), "/usr", "/etc/fonts", "/etc/alternatives", "/tmp"]
    output = zygote.prints(f"""
        import json, os
        shown, found, places = {shown!r}, [], ["/"]
        while places:
            for entry in os.scandir(places.pop()):
                if entry.path in shown or entry.is_symlink():
                    pass
                elif any(path.startswith(entry.path + "/") for path in shown) or entry.path == "/dev":
                    places.append(entry.path)
                else:
                    found.append(entry.path)
        print(json.dumps(found))
    """)
    etc = ("group", "hosts", "ld.so.cache", "localtime", "nsswitch.conf", "passwd")
    dev = ("full", "null", "random", "urandom", "zero")
    allowed = {f"/etc/{name}" for name in etc} | {f"/dev/{name}" for name in dev}
    allowed |= {"/.tmp"}  # where parts of the old /tmp stand by, if the course lies in there
    assert set(json.loads(output)) <= allowed


def test_the_home_folder_is_out_of_sight(zygote: Zygote) -> None:
    shown = [str(path) for path in sandbox.readable_paths()]
    entries = [str(path) for path in Path.home().iterdir()]
    secret = [path for path in entries if not any(f"{one}/".startswith(f"{path}/") for one in shown)]
    assert secret
    assert (
        zygote.prints(f"import os; print([path for path in {secret!r} if os.path.lexists(path)])") == "[]\n"
    )


def test_no_proc_and_no_sys(zygote: Zygote) -> None:
    assert (
        zygote.prints("import os; print([os.path.exists(path) for path in ('/proc', '/sys')])")
        == "[False, False]\n"
    )


def test_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSMODELS_SECRET", "plum orchard")
    zygote = Zygote()
    try:
        output = zygote.prints("import os; print(dict(os.environ))")
    finally:
        zygote.close()
    assert "plum orchard" not in output
    assert "'HOME': '/tmp/home'" in output


def test_no_file_is_left_open(zygote: Zygote, bare: Zygote) -> None:
    code = """
        import os
        def is_open(number):
            try:
                os.fstat(number)
            except OSError:
                return False
            return True
        print([number for number in range(5000) if is_open(number)], os.read(0, 1))
    """
    assert zygote.prints(code) == bare.prints(code) == "[0, 1, 2] b''\n"


# -------------------------------------------------------------------------------------- what it cannot do

# Each must fail, with a filter of system calls and without.
REFUSED = {
    "write to the root": "open('/x', 'w')",
    "write to /usr": "open('/usr/x', 'w')",
    "write to /etc": "open('/etc/passwd', 'a')",
    "write to /dev": "open('/dev/x', 'w')",
    "write to the environment": "open(sys.prefix + '/x', 'w')",
    "write to the package": f"open({str(ROOT / 'csmodels_helpers' / 'x')!r}, 'w')",
    "write to the data": f"open({str(ROOT / 'datasets' / 'x')!r}, 'w')",
    "change rights of a file of its own in /usr": "os.chmod('/usr/bin/env', 0o777)",
    "remount to write": "call('mount', b'none', b'/usr', None, 32 | 4096, None)",
    "mount": "call('mount', b'none', b'/tmp/work', b'tmpfs', 0, None)",
    "mount /proc": "call('mount', b'proc', b'/tmp/work', b'proc', 0, None)",
    "unmount": "call('umount2', b'/tmp', 2)",
    "pivot": "call('pivot_root', b'/tmp', b'/tmp/work')",
    "chroot": "os.chroot('/tmp')",
    "a new mount namespace": "call('unshare', 0x20000)",
    "a new network": "call('unshare', 0x40000000)",
    "join a namespace": "call('setns', os.open('/dev/null', os.O_RDONLY), 0)",
    "join the zygote's namespace": "call('setns', 3, 0)",
    "a block device": "os.mknod('disk', stat.S_IFBLK | 0o600, os.makedev(254, 0))",
    "memory as a device": "os.mknod('mem', stat.S_IFCHR | 0o600, os.makedev(1, 1))",
    "become root": "os.setuid(0)",
    "join the group of root": "os.setgroups([0])",
    "give a file away": "open('x', 'w').close(); os.chown('x', 0, 0)",
    "kill the parent": "os.kill(os.getppid() or 2, 9)",
    "kill the zygote": "[os.kill(number, 9) for number in range(2, 300)]",
    "kill everything": "os.kill(-1, 9)",
    "a TCP connection": "socket.create_connection(('127.0.0.1', PORT), 2)",
    "a UDP packet": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT))",
    "IPv6": "socket.socket(socket.AF_INET6).connect(('::1', PORT))",
    "a raw socket": "socket.socket(socket.AF_INET, socket.SOCK_RAW)",
    "names of the net": "socket.getaddrinfo('example.org', 80)",
    "an abstract socket of the worker": "socket.socket(socket.AF_UNIX).connect(ABSTRACT)",
    "raise the limit of memory": "limit('RLIMIT_AS')",
    "raise the limit of processes": "limit('RLIMIT_NPROC')",
    "raise the limit of time": "limit('RLIMIT_CPU')",
    "raise the limit of files": "limit('RLIMIT_NOFILE')",
    "set the clock": "time.clock_settime(time.CLOCK_REALTIME, 0)",
    "rename the machine": "socket.sethostname('mine')",
    "real-time priority": "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))",
}
# These the filter alone keeps from it; nobody needs a right for them.
FILTERED = {
    "a new user namespace": "call('unshare', 0x10000000)",
    "a clone in a new user namespace": "call('syscall', CLONE, 0x10000000 | 17, 0, 0, 0, 0)",
    "be traced": "call('ptrace', 0, 0, 0, 0)",
    "a socket of the Unix kind": "socket.socket(socket.AF_UNIX)",
    "talk to the kernel": "socket.socket(16, socket.SOCK_RAW, 0)",
    "a pair of another kind": "call('socketpair', 2, 1, 0, (ctypes.c_int * 2)())",
    "io_uring": "call('syscall', 425, 8, ctypes.create_string_buffer(120))",
    "a memory file": "os.memfd_create('x')",
    "shared memory": "call('shmget', 0, 2**20, 0o1600)",
    "bpf": "call('syscall', BPF, 0, ctypes.create_string_buffer(128), 128)",
    "keys": "call('syscall', KEYCTL, 0, -3, 1)",
    "userfaultfd": "call('syscall', USERFAULTFD, 1)",
    "another personality": "call('personality', 0x0040000)",
    "type into the terminal": "import fcntl; fcntl.ioctl(1, 0x5412, b'x')",
    "the newer clone, whose flags no filter sees": "call('syscall', 435, ctypes.create_string_buffer(8), 8)",
}
# What anybody can do who is not in a sandbox; shows that these tests can fail.
FREE = ("a TCP connection", "a UDP packet", "an abstract socket of the worker", "a new user namespace")
FREE += ("a socket of the Unix kind", "talk to the kernel", "a memory file", "shared memory", "be traced")

NUMBERS = {"x86_64": (56, 321, 250, 323), "aarch64": (220, 280, 219, 282)}


@pytest.fixture(scope="module")
def listeners() -> Generator[str]:
    """Listen on this machine; the code that says where."""
    name = f"\0csmodels-{os.getpid()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(type=socket.SOCK_DGRAM) as datagrams,
    ):
        port = server.getsockname()[1]
        datagrams.bind(("127.0.0.1", port))
        abstract.bind(name)
        abstract.listen()
        numbers = NUMBERS.get(os.uname().machine, (0, 0, 0, 0))
        yield f"PORT, ABSTRACT = {port}, {name!r}\nCLONE, BPF, KEYCTL, USERFAULTFD = {numbers}\n"


def attempt(code: str, listeners: str) -> str:
    return f"""{LIBC}{listeners}
def limit(name):
    import resource
    resource.setrlimit(getattr(resource, name), (2**40, 2**40))
try:
    {code}
except (OSError, ValueError, MemoryError) as error:
    print("refused:", type(error).__name__, error)
else:
    print("done")
"""


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, zygote: Zygote, listeners: str) -> None:
    assert zygote.prints(attempt(REFUSED[name], listeners)).startswith("refused: ")


@pytest.mark.parametrize("name", FILTERED)
def test_filtered(name: str, filtered: Zygote, listeners: str) -> None:
    assert sandbox.isolation().seccomp
    output = filtered.prints(attempt(FILTERED[name], listeners))
    assert output.startswith("refused: ")
    answers = (
        "PermissionError",
        "Network is unreachable",
        "Function not implemented",
    )  # what the filter says
    assert any(answer in output for answer in answers), output


@pytest.mark.parametrize("name", FREE)
def test_free_without_a_sandbox(name: str, bare: Zygote, listeners: str) -> None:
    assert bare.prints(attempt((REFUSED | FILTERED)[name], listeners)) == "done\n"


def test_the_net_is_said_to_be_unreachable(filtered: Zygote, listeners: str) -> None:
    assert "Network is unreachable" in filtered.prints(attempt(REFUSED["a TCP connection"], listeners))


def test_the_other_numbers_of_system_calls_kill(filtered: Zygote) -> None:
    """On x86_64 every call has a second number; elsewhere there is no such call."""
    status, output = filtered.run(LIBC + "print(libc.syscall(0x40000000 | 39))")
    expected = (-signal.SIGSYS, "") if os.uname().machine == "x86_64" else (0, "-1\n")
    assert (status, output) == expected
    assert filtered.prints("print(1)") == "1\n"


def test_no_rights_and_none_to_be_had(zygote: Zygote) -> None:
    code = """
        header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        call("capget", header, sets)
        bounding = [number for number in range(41) if libc.prctl(23, number, 0, 0, 0) == 1]
        print(list(sets), bounding, libc.prctl(39, 0, 0, 0, 0), libc.prctl(3, 0, 0, 0, 0))
        print(hex(libc.prctl(27, 0, 0, 0, 0)))
        print(os.getresuid()[0] >= 1000, len(set(os.getresuid())), len(set(os.getresgid())), os.getgid())
        print(os.getpid(), os.getppid(), os.getsid(0))
        places = [path for path in PLACES if os.path.exists(path)]
        print({os.statvfs(path).f_flag & (os.ST_NOSUID | os.ST_RDONLY) for path in places}, len(places) > 3)
    """
    places = ["/", "/dev/null", *map(str, sandbox.readable_paths())]
    output = zygote.prints(f"{LIBC}\nPLACES = {places}\n{textwrap.dedent(code)}")
    rights, bits, ids, numbers, suid = output.splitlines()
    assert rights == "[0, 0, 0, 0, 0, 0] [] 1 0"
    assert bits == "0x2f", "nobody is root by his number, keeps or raises rights, and all that is locked"
    assert ids == "True 1 1 1000"
    assert numbers == "1 0 1"
    assert suid == "{3} True"


@pytest.mark.parametrize(("name", "most"), [("CORE", 0), ("MEMLOCK", 2**16), ("MSGQUEUE", 0)])
def test_smaller_limits(name: str, most: int, zygote: Zygote) -> None:
    output = zygote.prints(f"import resource; print(*resource.getrlimit(resource.RLIMIT_{name}))")
    assert output == f"{most} {most}\n"


def test_the_disk_is_small(zygote: Zygote) -> None:
    output = zygote.prints(
        """
        written = 0
        try:
            for number in range(100):
                with open(f"/tmp/work/{number}", "wb", buffering=0) as file:
                    for _ in range(16):
                        written += file.write(bytes(2**16))
        except OSError as error:
            print(written, error.errno)
        """,
        work_bytes=8 * 2**20,
    )
    written, number = map(int, output.split())
    assert 6 * 2**20 < written <= 8 * 2**20
    assert number == 28  # no space left


def test_so_is_the_number_of_files(filtered: Zygote) -> None:
    code = "import os\nfor number in range(20_000): os.mkdir(str(number))"
    status, output = filtered.run(code)
    assert status == 1
    assert "No space left" in output


def test_a_file_is_small(zygote: Zygote) -> None:
    status, output = zygote.run("open('x', 'wb').write(bytes(3 * 2**20))", file_bytes=2**20)
    assert status == 1
    assert "File too large" in output


def test_memory(zygote: Zygote) -> None:
    output = zygote.prints(
        """
        few = bytearray(100 * 2**20)
        for size in (300 * 2**20, 100 * 2**30):
            try:
                bytearray(size)
            except MemoryError:
                print("refused")
        """,
        memory=256 * 2**20,
    )
    assert output == "refused\nrefused\n"


FORKS = """
    import os, time
    made = 0
    try:
        for number in range(40):
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
            made += 1
    except BlockingIOError:
        pass
    print(made, flush=True)
"""


def test_processes(zygote: Zygote) -> None:
    assert 4 <= int(zygote.prints(FORKS, processes=8)) <= 8


def test_each_has_its_own_processes(zygote: Zygote) -> None:
    first = zygote.start(FORKS + "    time.sleep(60)", processes=8)
    assert int(first.read(b"\n")) == 7
    # All submissions of an ordinary user are himself, so that they share; those of root are not.
    assert int(zygote.prints(FORKS, processes=8)) == (7 if zygote.root else 0)
    first.kill()


def test_time(zygote: Zygote) -> None:
    began = time.monotonic()
    assert zygote.run("while True: pass", cpu_seconds=1) == (-signal.SIGKILL, "")
    assert time.monotonic() - began < 10
    assert zygote.prints("print(1)") == "1\n"


def test_nothing_stays_behind(zygote: Zygote) -> None:
    """A daemon that holds the output open: its end is seen, so the daemon is gone."""
    output = zygote.prints("""
        import os, sys, time
        if os.fork() == 0:
            os.setsid()
            if os.fork():
                os._exit(0)
            while True:
                os.write(1, b"x")
                time.sleep(0.01)
        time.sleep(0.2)
    """)
    assert set(output) == {"x"}


def test_files_of_others(zygote: Zygote) -> None:
    """One after the other, and side by side."""
    shown = {path.parts[2] for path in sandbox.readable_paths() if path.is_relative_to("/tmp")}
    look = f"""
        import os
        print(*[sorted(set(os.listdir(path)) - {shown | {""}}) for path in ("/tmp", ".", "/dev/shm")])
    """
    assert zygote.prints("open('/tmp/mine', 'w'); open('mine', 'w')") == ""
    assert zygote.prints(look) == "['home', 'work'] [] ['home', 'work']\n"
    first = zygote.start(
        "import time; open('mine', 'w'); open('/tmp/mine', 'w'); print(1, flush=True); time.sleep(60)"
    )
    assert first.read(b"1")
    assert zygote.prints(look, {"a.csv": "1"}) == "['home', 'work'] ['a.csv'] ['home', 'work']\n"
    first.kill()


def test_memory_of_others(unfiltered: Zygote) -> None:
    """Without the filter there is shared memory, but each submission has its own."""
    ask = f"{LIBC}\nprint(libc.shmget(77, 4096, FLAGS) >= 0, flush=True)\n"
    first = unfiltered.start(ask.replace("FLAGS", "0o1666") + "time.sleep(60)")
    assert first.read(b"\n") == "True\n"
    assert unfiltered.prints(ask.replace("FLAGS", "0o666")) == "False\n"
    first.kill()


# ------------------------------------------------------------------------------------------ what it can do


def test_lessons_run(warm: Zygote) -> None:
    output = warm.prints(
        """
        import pandas as pd
        import matplotlib.pyplot as plt
        from csmodels_helpers import datasets, kano
        frame = pd.read_csv("answers.csv")
        frame.assign(double=frame["score"] * 2).to_csv("out.csv")
        figure, axes = plt.subplots()
        axes.plot(frame["score"])
        figure.savefig("figure.png")
        print(pd.read_csv("out.csv")["double"].sum(), open("figure.png", "rb").read(4)[1:], plt.get_backend())
        print(len(datasets.load_dataset("restaurant_kano")))
        import numpy as np, scipy.stats
        print(np.linalg.solve(np.eye(300), np.ones(300)).sum(), round(scipy.stats.norm.cdf(0), 1))
        """,
        {"answers.csv": "score\n3\n4\n"},
        processes=64,
    )
    assert output.split() == ["14", "b'PNG'", "agg", "25200", "300.0", "0.5"]


def test_programs_threads_and_files(zygote: Zygote) -> None:
    output = zygote.prints(
        """
        import asyncio, getpass, os, pathlib, subprocess, sys, tempfile, threading
        def said(*words, **options):
            print(subprocess.run(*words, stdout=subprocess.PIPE, text=True, **options).stdout.strip())
        print(subprocess.run(["true"]).returncode)
        said("echo $HOME | tr a-z A-Z", shell=True)
        said([sys.executable, "-I", "-c", "print(1 + 1)"])
        found = []
        threads = [threading.Thread(target=found.append, args=(number,)) for number in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        print(sorted(found))
        with tempfile.NamedTemporaryFile() as file:
            print(os.path.dirname(file.name), getpass.getuser(), pathlib.Path.home(), os.getcwd())
        print(asyncio.run(asyncio.sleep(0, "awake")), os.path.isfile("/etc/localtime"))
        print(len(os.urandom(3)), open("/dev/null").read() == "", pathlib.Path("~/x").expanduser())
        """,
        processes=32,
    )
    zone = Path("/etc/localtime").is_file()
    assert output.splitlines() == [
        *("0", "/TMP/HOME", "2", "[0, 1, 2, 3]", "/tmp trainee /tmp/home /tmp/work"),
        *(f"awake {zone}", "3 True /tmp/home/x"),
    ]


# ------------------------------------------------------------------------------ the zygote and its worker


@pytest.mark.parametrize("name", ["../x", ".x", "a/b", "", "a\0b"])
def test_names_of_files(name: str, filtered: Zygote) -> None:
    with pytest.raises(OSError, match="plain name"):
        filtered.start("", {name: ""})
    assert filtered.prints("print(1)") == "1\n"


def test_a_child_that_cannot_be_contained(zygote: Zygote) -> None:
    """It never runs, and the zygote goes on."""
    with pytest.raises(OSError, match=r"could not be contained: OSError.*No space left"):
        zygote.start("print('here')", {"big": "x" * 40_000}, work_bytes=4096)
    assert zygote.prints("print(1)") == "1\n"


def test_before_mount_setattr(listeners: str) -> None:
    """On an older kernel everything is made read-only one by one."""
    zygote = Zygote("old")
    try:
        for name in (name for name in REFUSED if name.startswith("write")):
            assert zygote.prints(attempt(REFUSED[name], listeners)).startswith("refused: "), name
        assert zygote.prints("import os; print(os.statvfs('/usr').f_flag & 3)") == "3\n"
    finally:
        zygote.close()


def test_the_worker_says_no() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", ZYGOTE, str(theirs.fileno()), str(ROOT), "filtered"],
            pass_fds=[theirs.fileno()],
            stderr=subprocess.PIPE,
            text=True,
        )
    ours.settimeout(10)
    assert ours.recv(1) == b"u"
    ours.close()
    assert "the worker could not say" in process.communicate(timeout=10)[1]
    assert process.returncode == 1


def test_fork_before_enter() -> None:
    with pytest.raises(OSError, match="enter"):
        sandbox.fork(sandbox.Limits(), {})


def test_no_process_outlives_the_worker() -> None:
    """A worker that is killed takes its zygote and their children along, whatever they are about."""
    program = (
        "import sys, time, os; sys.path.insert(0, sys.argv[1]); import test_sandbox as it\n"
        "run = it.Zygote('deaf').start('import time\\nwhile True: print(1, flush=True); time.sleep(0.05)')\n"
        "while True: os.write(1, os.read(run.reader, 100))\n"
    )
    command = [sys.executable, "-c", program, str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        assert worker.stdout.read(2) == b"1\n"
        children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
        family = [worker.pid, *map(int, children)]
        inner = Path(f"/proc/{children[0]}/task/{children[0]}/children").read_text().split()
        family += map(int, inner)
        assert len(family) == 3
        worker.kill()
    end = time.monotonic() + 10
    while any(is_running(pid) for pid in family):
        assert time.monotonic() < end
        time.sleep(0.01)
    sandbox.release(family[1])


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_child_that_is_not_contained_ends_with_the_zygote() -> None:
    zygote = Zygote("open")
    run = zygote.start("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)")
    run.read(until=b"\n")
    zygote.process.kill()
    assert run.read(seconds=10).split()[0].isdigit()  # to the end of its output, which is its own end
    os.close(run.reader)
    zygote.close()


def test_the_zygote_ends_as_what_is_inside_ends() -> None:
    zygote = Zygote()
    zygote.prints("print(1)")
    (inner,) = Path(f"/proc/{zygote.process.pid}/task/{zygote.process.pid}/children").read_text().split()
    os.kill(int(inner), signal.SIGKILL)
    assert zygote.process.wait(10) == -signal.SIGKILL
    zygote.close()


def test_cgroup() -> None:
    zygote = Zygote()
    pid = zygote.process.pid
    lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    expected = {"v1": 2, "v2": 1, "": 0}[sandbox.isolation().cgroups]
    assert sum(f"csmodels-{pid}" in line for line in lines) == expected
    zygote.close()
    assert not list(Path("/sys/fs/cgroup").rglob(f"csmodels-{pid}"))


@pytest.mark.parametrize(("size", "fits"), [(2**20, True), (300 * 2**20, False)])
def test_a_cgroup_holds(size: int, fits: bool) -> None:
    """Where there is one, memory has an end for all processes together."""
    program = "import sys; sys.stdin.read(1); x = b'x' * int(sys.argv[1])"
    with subprocess.Popen([sys.executable, "-c", program, str(size)], stdin=subprocess.PIPE) as process:
        cgroups = make_cgroup(process.pid, 20, 100 * 2**20)
        process.communicate(b"x", timeout=60)
    remove_cgroup(process.pid)
    assert cgroups == sandbox.isolation().cgroups
    assert process.returncode == (0 if fits or not cgroups else -signal.SIGKILL)


V2 = "36 24 0:30 {root} {point} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"


@pytest.mark.parametrize(
    ("own", "root", "handed_on", "expected"),
    [
        # of a user's own systemd: beside us; what systemd keeps for itself is out of reach
        (
            "/user.slice/app.slice/run.scope",
            "/",
            {"user.slice/app.slice": "cpu memory pids"},
            "user.slice/app.slice",
        ),
        ("/user.slice/app.slice/run.scope", "/", {"user.slice": "memory pids"}, None),
        ("/user.slice/app.slice/run.scope", "/", {"user.slice/app.slice": "pids"}, None),
        # a container sees its own part as the whole
        ("/docker/1/ours", "/docker/1", {".": "pids memory"}, "."),
        ("/", "/", {".": "pids memory"}, None),
    ],
)
def test_where_cgroups_of_version_2_go(
    own: str,
    root: str,
    handed_on: dict[str, str],
    expected: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    point = tmp_path / "cgroup"
    for name in ("user.slice/app.slice/run.scope", "ours"):
        (point / name).mkdir(parents=True)
    for folder in (point, *point.rglob("*")):
        (folder / "cgroup.subtree_control").write_text("")
    for name, words in handed_on.items():
        (point / name / "cgroup.subtree_control").write_text(words)
    closed = {point / "user.slice"}
    texts = {
        "/proc/self/cgroup": f"0::{own}\n",
        "/proc/self/mountinfo": V2.format(root=root, point=point),
    }
    read_text, access = Path.read_text, os.access
    monkeypatch.setattr(Path, "read_text", lambda path, **how: texts.get(str(path)) or read_text(path, **how))
    monkeypatch.setattr(os, "access", lambda path, mode: path not in closed and access(path, mode))
    sandbox_limits._parents.cache_clear()
    try:
        assert sandbox_limits._parents() == (
            ("v2", dict.fromkeys(("pids", "memory"), point / expected)) if expected else ("", {})
        )
    finally:
        sandbox_limits._parents.cache_clear()


# ---------------------------------------------------------------------------------------- without a sandbox


def test_without_a_sandbox(bare: Zygote) -> None:
    look = "import os; print(os.getcwd(), os.listdir(), os.getsid(0) == os.getpid())"
    folder, *rest = bare.prints(look, {"a.csv": "1"}).split()
    assert rest == ["['a.csv']", "True"]
    assert folder.startswith("/tmp/csmodels-")
    assert not Path(folder).exists()  # gone with the next child
    status, output = bare.run("open('x', 'wb').write(bytes(3 * 2**20))", file_bytes=2**20)
    assert (status, "File too large" in output) == (1, True)
    status, output = bare.run("bytearray(2**30)", memory=2**28)
    assert (status, "MemoryError" in output) == (1, True)
    assert bare.run("while True: pass", cpu_seconds=1) == (-signal.SIGKILL, "")


# -------------------------------------------------------------------------------------------------- isolation


def test_isolation_says_what_is_there() -> None:
    found = sandbox.isolation()
    assert found.missing == (() if found.seccomp else ("seccomp",))
    began = time.monotonic()
    sandbox.isolation.cache_clear()
    assert sandbox.isolation() == found
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("settings", "files", "expected"),
    [
        ({"kernel/unprivileged_userns_clone": "0"}, (), ("userns_clone",)),
        ({"kernel/apparmor_restrict_unprivileged_userns": "1"}, (), ("apparmor",)),
        ({"user/max_user_namespaces": "0"}, ("/.dockerenv",), ("max_user_namespaces",)),
        ({}, ("/.dockerenv",), ("container",)),
        ({}, (), ("namespaces",)),
    ],
)
def test_why_there_is_none(
    settings: dict[str, str],
    files: tuple[str, ...],
    expected: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sandbox, "_probe", lambda: ({"seccomp": True}, ""))
    monkeypatch.setattr(sandbox, "_setting", lambda name: settings.get(name, ""))
    monkeypatch.setattr(sandbox.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sandbox.Path, "exists", lambda path: str(path) in files)
    monkeypatch.delenv("container", raising=False)
    sandbox.isolation.cache_clear()
    try:
        assert sandbox.isolation() == sandbox.Isolation(False, True, "", expected)
    finally:
        sandbox.isolation.cache_clear()


def test_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.sys, "platform", "darwin")
    sandbox.isolation.cache_clear()
    try:
        assert sandbox.isolation() == sandbox.Isolation(False, False, "", ("linux",))
    finally:
        sandbox.isolation.cache_clear()


def test_a_course_among_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system's folders would show the solutions, nothing is graded."""
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr(sandbox, "_PACKAGE", tmp_path / "csmodels_helpers")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(OSError, match="must not lie inside"):
        sandbox.readable_paths()
