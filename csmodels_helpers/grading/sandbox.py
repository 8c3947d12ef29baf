"""Where trainees' code runs when it is graded: a place with nothing in it but Python and the course.

Three kinds of process take part. The *worker* belongs to the instructor and sees everything. It starts a
*zygote*: a fresh ``python -I`` with a clean environment and one socket. The zygote calls :func:`enter` first,
while it has one thread and no library, and imports what lessons use after that. It calls :func:`fork` for
each submission; the *child* that comes out of it runs the trainee's code.

What keeps the child in:

- a file system of its own: the system's programs, Python, the package and the data sets, all read-only, and a
  small ``/tmp`` in memory. There is no ``/proc``, no ``/sys``, no home folder, and no checkout of the course;
- no network, no process but its own (when it ends, so does whatever it started), nobody's rights;
- limits for memory, processes, time, files (:class:`Limits`), and a filter of system calls.

Linux only, with what the kernel offers to every user. :func:`isolation` says what a machine gives.
"""

from __future__ import annotations

import atexit
import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NoReturn

from csmodels_helpers.grading.sandbox_limits import (
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    Limits,
    call,
    drop_capabilities,
    drop_prospects,
    make_cgroup,
    prctl,
    remove_cgroup,
    set_limits,
)
from csmodels_helpers.grading.sandbox_seccomp import filter_calls, has_filter

__all__ = ["Isolation", "Limits", "admit", "enter", "fork", "isolation", "readable_paths", "release"]

_NEWNS, _NEWUTS, _NEWIPC = 0x20000, 0x4000000, 0x8000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
_RDONLY, _NOSUID, _NODEV, _REMOUNT = 1, 2, 4, 32
_BIND, _REC, _PRIVATE, _DETACH = 4096, 16384, 1 << 18, 2
_LOCKED = {"nosuid": 2, "nodev": 4, "noexec": 8, "noatime": 1024, "nodiratime": 2048, "relatime": 1 << 21}
_MOUNT_SETATTR, _HERE, _RECURSIVE = 442, -100, 0x8000  # one number on every architecture

_USER = _GROUP = 1000  # who the child is, in its own eyes
_USERS = 64  # as many submissions can run in a zygote at a time, each with its own count of processes
_FREE_USERS = 0x70000000  # systemd's list of user numbers calls those from here to 2**31 unused
_NOBODY = 65534
_ROOM = 2**30  # bytes of memory for the zygote itself
_INODES = 10_000

_PACKAGE = Path(__file__).resolve().parents[1]
_SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_SHOWN_ETC = ("ld.so.cache", "fonts", "alternatives")
_KEPT = ("LANGUAGE", "TZ", "MPLBACKEND", "NBGRADER_EXECUTION")
_KEPT_STARTS = ("LC_", "PYTHON", "CSMODELS_", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_")


@dataclass(frozen=True)
class Isolation:
    """What this machine gives for keeping trainees' code in.

    Parameters
    ----------
    namespaces : bool
        Whether :func:`enter` and :func:`fork` work; without, only ``fork(…, contained=False)`` does.
    seccomp : bool
        Whether system calls are filtered.
    cgroups : {"v1", "v2", ""}
        What limits the memory of all processes together; "" if nothing does.
    missing : tuple of str
        Why namespaces or the filter are missing, in the keys of ``messages/doctor.toml``: "linux",
        "userns_clone", "apparmor", "max_user_namespaces", "container", "namespaces", "seccomp".

    Examples
    --------
    >>> Isolation(namespaces=False, seccomp=False, cgroups="", missing=("linux",)).missing
    ('linux',)
    """

    namespaces: bool
    seccomp: bool
    cgroups: str
    missing: tuple[str, ...]


@dataclass(frozen=True)
class _Zygote:
    """What a zygote keeps from before /proc went away."""

    own_pids: int  # its own namespace of processes, to come back to after each child
    stat: int  # /proc/self/stat
    users: int  # how many users its children can be; 0 if they are the one who grades
    in_tmp: tuple[Path, ...]  # what is shown of the old /tmp: a course may have been put there


_zygote: _Zygote | None = None
_forks = 0
_folders: dict[int, str] = {}  # of children that are not contained


# ----------------------------------------------------------------------------------------- in the worker


def readable_paths() -> list[Path]:
    """List what the zygote may see.

    The system's folders, Python, the environment, the package and the data sets. Never the checkout: the
    solutions, the tests and what was handed in lie there.

    Returns
    -------
    list of Path
        For :func:`enter`.

    Raises
    ------
    OSError
        If the course lies inside one of these folders, which would show all of it.

    Examples
    --------
    >>> paths = readable_paths()
    >>> Path(sys.prefix) in paths, Path.home() in paths
    (True, False)
    """
    # As in csmodels_helpers.datasets, which would import pandas.
    data = [folder for folder in (_PACKAGE / "_datasets", _PACKAGE.parent / "datasets") if folder.is_dir()]
    stores = [Path("/nix/store"), Path("/gnu/store")]  # there a library stands alone, beside its needs
    base = Path(sys.base_prefix)
    wanted = [Path("/", name) for name in _SYSTEM]
    wanted = [path for path in wanted if path.is_dir() and not path.is_symlink()]
    wanted += [base, Path(sys.prefix), _PACKAGE, *data]
    wanted += [store for store in stores if base.resolve().is_relative_to(store)]
    checkout = _PACKAGE.parent
    if (checkout / "pyproject.toml").is_file():
        for path in wanted:
            if checkout.is_relative_to(path.resolve()):
                raise OSError(errno.EACCES, f"the course must not lie inside {path}, which programs read")
    return list(dict.fromkeys(wanted))


def admit(pid: int, link: socket.socket, limits: Limits | None = None, at_once: int = 4) -> None:
    """Do the worker's part of :func:`enter`: say who the users of the sandbox are, and limit them together.

    Parameters
    ----------
    pid : int
        The zygote.
    link : socket
        The other end of the one that the zygote gives to :func:`enter`.
    limits : Limits, optional
        What a submission may use; a cgroup, if there is one, allows `at_once` times as much.
    at_once : int
        How many submissions may run at a time in the zygote.

    Raises
    ------
    OSError
        If the zygote has ended or this process may not say who its users are.

    Examples
    --------
    >>> ours, theirs = socket.socketpair()
    >>> theirs.close()
    >>> admit(2**30, ours)
    Traceback (most recent call last):
    BrokenPipeError: [Errno 32] the zygote ended before it entered the sandbox
    >>> ours.close()
    """
    _admit(pid, link, limits or Limits(), at_once)


def _admit(pid: int, link: socket.socket, limits: Limits, at_once: int) -> str:
    if link.recv(1) != b"u":
        raise OSError(errno.EPIPE, "the zygote ended before it entered the sandbox")
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        # A range that is nobody's. A container may have no such numbers, but "nobody" it has. Each zygote
        # takes its own part of the range: kernels before 5.14 count processes of a user machine-wide.
        first = _FREE_USERS + pid % 2**22 * _USERS
        _write_first(pid, "uid_map", [f"0 0 1\n1000 {first} {_USERS}\n", f"0 0 1\n1000 {_NOBODY} 1\n"])
        _write_first(pid, "gid_map", [f"0 0 1\n1000 {first} 1\n", f"0 0 1\n1000 {_NOBODY} 1\n"])
    else:
        _write_first(pid, "setgroups", ["deny"])
        _write_first(pid, "uid_map", [f"1000 {user} 1\n"])
        _write_first(pid, "gid_map", [f"1000 {group} 1\n"])
    memory = _ROOM + at_once * (limits.memory + limits.work_bytes)
    cgroups = make_cgroup(pid, 64 + at_once * limits.processes, memory)
    link.sendall(b"g")
    return cgroups


def release(pid: int) -> None:
    """Clean up after a zygote that has ended.

    Parameters
    ----------
    pid : int
        The one that :func:`admit` was called with.

    Examples
    --------
    >>> release(2**30)  # nothing to do for one that was never admitted
    """
    remove_cgroup(pid)


def _write_first(pid: int, name: str, values: list[str]) -> None:
    """Write the first of these values that the kernel takes."""
    for value in values:
        try:
            Path("/proc", str(pid), name).write_text(value, encoding="ascii")
        except OSError as error:
            if value == values[-1]:
                raise OSError(error.errno, f"/proc/{pid}/{name}: {error.strerror}") from error
        else:
            return


@cache
def isolation() -> Isolation:
    """Try what this machine gives, with a zygote and a child that are thrown away.

    Returns
    -------
    Isolation
        What works; found once in a process.

    Examples
    --------
    >>> found = isolation()
    >>> found.namespaces or bool(found.missing)
    True
    """
    if sys.platform != "linux":
        return Isolation(namespaces=False, seccomp=False, cgroups="", missing=("linux",))
    answer, cgroups = _probe()
    namespaces, seccomp = answer.get("namespaces", False), answer.get("seccomp", False)
    missing = () if namespaces else _hindrances()
    if not seccomp:
        missing = (*missing, "seccomp")
    return Isolation(namespaces, seccomp, cgroups, missing)


def _probe() -> tuple[dict[str, bool], str]:
    ours, theirs = socket.socketpair()
    ours.settimeout(10)
    with ours:
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-I", "-m", __name__, str(theirs.fileno())],
                env={"PATH": os.defpath},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        cgroups = ""
        with suppress(OSError):
            cgroups = _admit(process.pid, ours, Limits(), 1)
    try:
        output, _ = process.communicate(timeout=10)
        return json.loads(output), cgroups
    except (subprocess.TimeoutExpired, ValueError):
        process.kill()
        process.communicate()
        return {}, cgroups
    finally:
        release(process.pid)


def _hindrances() -> tuple[str, ...]:
    """Say why there are no namespaces."""
    ordinary = os.geteuid() != 0
    found: list[str] = []
    if ordinary and _setting("kernel/unprivileged_userns_clone") == "0":
        found.append("userns_clone")
    if ordinary and _setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        found.append("apparmor")
    if _setting("user/max_user_namespaces") == "0":
        found.append("max_user_namespaces")
    signs = ("/.dockerenv", "/run/.containerenv", "/var/run/secrets/kubernetes.io")
    if not found and ("container" in os.environ or any(Path(sign).exists() for sign in signs)):
        found.append("container")
    return tuple(found) or ("namespaces",)


def _setting(name: str) -> str:
    try:
        return Path("/proc/sys", name).read_text(encoding="ascii").strip()
    except OSError:
        return ""


# ----------------------------------------------------------------------------------------- in the zygote


def enter(link: socket.socket, paths: Sequence[Path]) -> None:
    """Go into the sandbox, with everything that this process will do from here on.

    The process that called stays behind and waits: the one that returns from this function is its child,
    which is number 1 of its own processes. Whoever kills the first kills both, and they end with the worker
    (to be exact, with the thread that started the first).

    Parameters
    ----------
    link : socket
        To the worker, which calls :func:`admit` at its end.
    paths : sequence of Path
        What stays visible, from :func:`readable_paths`.

    Raises
    ------
    OSError
        If the system refuses: which call, and why. The process must end then.

    Examples
    --------
    >>> program = '''
    ... import os, socket, sys
    ... from pathlib import Path
    ... from csmodels_helpers.grading import sandbox
    ... sandbox.enter(socket.socket(fileno=int(sys.argv[1])), sandbox.readable_paths())
    ... print(os.getpid(), Path.home())
    ... '''
    >>> ours, theirs = socket.socketpair()
    >>> command = [sys.executable, "-I", "-c", program, str(theirs.fileno())]
    >>> zygote = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdout=subprocess.PIPE, text=True)
    >>> admit(zygote.pid, ours)
    >>> print(zygote.communicate()[0].rstrip())
    1 /tmp
    >>> release(zygote.pid)
    >>> ours.close(), theirs.close()
    (None, None)
    """
    global _zygote
    links = {name: str(Path("/", name).readlink()) for name in _SYSTEM if Path(f"/{name}").is_symlink()}
    sources = {path: path.resolve() for path in _with_targets(paths)}
    etc = {Path("/etc", name): Path("/etc", name).resolve() for name in _SHOWN_ETC}
    zone = _read(Path("/etc/localtime"))
    fonts = _font_lists()
    parent = os.getppid()
    call("unshare", _NEWUSER | _NEWNS | _NEWNET | _NEWIPC | _NEWUTS | _NEWPID)
    link.sendall(b"u")
    if link.recv(1) != b"g":
        raise OSError(errno.EPERM, "the worker could not say who the users of the sandbox are")
    # Only now: a change of rights, as above, takes this setting back.
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    child = os.fork()
    if child:
        _stand_by(child)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.umask(0o022)
    _zygote = _Zygote(
        own_pids=os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC),
        stat=os.open("/proc/self/stat", os.O_RDONLY | os.O_CLOEXEC),
        users=_mapped_users(),
        in_tmp=tuple(path for path in sources if path.is_relative_to("/tmp")),
    )
    call("sethostname", b"grading", 7)
    _new_root({**sources, **etc}, links, zone)
    # For the zygote: libraries keep what they computed. Each child gets a folder of its own in its place.
    _new_tmp("mode=755,size=64m", _zygote.in_tmp)
    drop_prospects()
    _clean_environment("/tmp")
    cache = Path("/tmp/.cache/matplotlib")
    cache.mkdir(parents=True)
    for name, content in fonts.items():
        (cache / name).write_bytes(content)


def _font_lists() -> dict[str, bytes]:
    """Read the list of fonts that matplotlib keeps in the home folder: to make it takes many seconds."""
    try:
        caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return {file.name: _read(file) for file in (caches / "matplotlib").glob("fontlist-*.json")}
    except (RuntimeError, OSError):
        return {}  # nobody's home, or a closed one


def _with_targets(paths: Sequence[Path]) -> list[Path]:
    """Add where links lead to, and leave out what lies inside another path."""
    every = sorted({*paths, *(path.resolve() for path in paths)}, key=lambda path: len(path.parts))
    shown: list[Path] = []
    for path in every:
        if not any(path.is_relative_to(other) for other in shown):
            shown.append(path)
    return shown


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _mapped_users() -> int:
    """Count the users that a child can be, besides root, which the zygote is then."""
    if os.getuid() != 0:
        return 0
    lines = Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[2]) for line in lines if int(line.split()[0]) == _USER)


def _stand_by(child: int) -> NoReturn:
    """Wait for the process in the sandbox, and end as it ends."""
    try:
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            with suppress(OSError):
                signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
            os.kill(os.getpid(), os.WTERMSIG(status))
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    finally:
        os._exit(1)  # whatever happens, it must not go on with the program outside of the sandbox


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    try:
        call("mount", *words, flags, options.encode())
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror} ({source} on {target})") from error


def _new_root(sources: Mapping[Path, Path], links: Mapping[str, str], zone: bytes) -> None:
    """Change to a root of our own that shows `sources`, read-only, and forget the old one."""
    _mount("none", "/", None, _REC | _PRIVATE)
    # Any folder will do: what it covers is visible again as soon as the new file system is the root.
    _mount("tmpfs", "/tmp", "tmpfs", _NOSUID | _NODEV, "mode=755,size=4m,nr_inodes=2000")
    old = Path("/.old")
    os.chdir("/tmp")
    Path(".old").mkdir(0o700)
    call("pivot_root", b".", b".old")
    os.chdir("/")

    for name in ("dev", "etc", "tmp"):
        Path("/", name).mkdir(0o755)
    for path, source in sources.items():
        _show(_beside_tmp(path), old.joinpath(*source.parts[1:]))
    for name in _DEVICES:
        _show(Path("/dev", name), old / "dev" / name)
    for name, target in links.items():
        Path("/", name).symlink_to(target)
    Path("/dev/shm").symlink_to("/tmp")
    trainees = range(_USER, _USER + _USERS)
    small = {
        "passwd": "root:x:0:0::/:/bin/sh\n"
        + "".join(f"trainee:x:{number}:{_GROUP}::/tmp/home:/bin/sh\n" for number in trainees),
        "group": f"root:x:0:\ntrainee:x:{_GROUP}:\n",
        "hosts": "127.0.0.1 localhost\n::1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    }
    for name, words in small.items():
        Path("/etc", name).write_text(words, encoding="ascii")
    if zone:
        Path("/etc/localtime").write_bytes(zone)

    mounts = _read(old / "proc/self/mountinfo").decode(errors="surrogateescape")
    call("umount2", os.fsencode(old), _DETACH)
    old.rmdir()
    _read_only(mounts)


def _new_tmp(options: str, in_tmp: Sequence[Path]) -> None:
    _mount("tmpfs", "/tmp", "tmpfs", _NOSUID | _NODEV, options)
    for path in in_tmp:
        _show(path, _beside_tmp(path))  # it stays read-only


def _beside_tmp(path: Path) -> Path:
    return Path("/.tmp", *path.parts[2:]) if path.is_relative_to("/tmp") else path


def _show(path: Path, source: Path) -> None:
    if not source.exists():
        return
    path.parent.mkdir(0o755, parents=True, exist_ok=True)
    if source.is_dir():
        path.mkdir(0o755, exist_ok=True)
    else:
        path.touch()
    # With what is mounted inside: the kernel refuses to show what an inner mount may be there to hide.
    _mount(str(source), str(path), None, _BIND | _REC)


def _read_only(mounts: str) -> None:
    """Make everything read-only that is mounted."""
    flags = _RDONLY | _NOSUID
    words = [value.to_bytes(8, sys.byteorder) for value in (flags, 0, 0, 0)]
    try:
        call("syscall", _MOUNT_SETATTR, _HERE, b"/", _RECURSIVE, b"".join(words), 32)
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.EPERM):  # a container's filter may say the second
            raise
    else:
        return
    # Before Linux 5.12: one by one, and what is locked (such as nodev) has to be said again.
    for line in mounts.splitlines():
        place, options = line.split(" ")[4:6]
        target = place.encode(errors="surrogateescape").decode("unicode_escape")
        if target.startswith("/.old"):
            continue
        kept = sum(_LOCKED.get(option, 0) for option in options.split(","))
        _mount("none", target, None, _REMOUNT | _BIND | flags | kept)


def fork(
    limits: Limits,
    files: Mapping[str, bytes],
    keep: Collection[int] = (),
    contained: bool = True,
) -> int:
    """Make a child for one submission, as :func:`os.fork` does; it comes back contained.

    The child stands in an empty folder that has `files` in it, with an environment of its own, no open file
    but 0 (empty), 1, 2 and `keep`, and as the first of its processes: when it ends, all others end.

    Parameters
    ----------
    limits : Limits
        What the submission may use.
    files : mapping of str to bytes
        Files to put into the folder, by plain name.
    keep : collection of int
        Descriptors that stay open in the child.
    contained : bool
        False: no sandbox, for machines that have none. The child has the limits and a folder of its own and
        can read, write and send whatever the one who grades can. :func:`enter` is not needed.

    Returns
    -------
    int
        0 in the child, which must end with :func:`os._exit`; the child's number in the zygote.

    Raises
    ------
    OSError
        In the zygote, if the child could not be contained; it has ended then.
    ValueError
        If a file's name is not a plain one.

    Examples
    --------
    >>> program = '''
    ... import os
    ... from csmodels_helpers.grading.sandbox import Limits, fork
    ... child = fork(Limits(), {"answers.csv": b"1,2"}, contained=False)
    ... if child == 0:
    ...     os.write(1, repr(os.listdir()).encode())
    ...     os._exit(3)
    ... os.write(1, str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())
    ... '''
    >>> subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE).stdout
    b"['answers.csv']3"
    """
    global _forks
    for name in files:
        if "/" in name or "\0" in name or name.startswith(".") or not name:
            raise ValueError(f"{name!r} is not a plain name of a file")
    has_filter()  # once in the zygote is enough
    if contained and _zygote is None:
        raise OSError(errno.EPERM, "this process is not in the sandbox: enter() comes first")
    folder = "" if contained else _folder()
    _forks += 1
    reader, writer = os.pipe()
    try:
        pid = _fork(_zygote) if contained and _zygote else os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        raise
    if pid == 0:
        try:
            _become_child(limits, files, {*keep, writer}, folder)
        except BaseException as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode()[:2000])
            os._exit(125)
        os.close(writer)
        return 0
    os.close(writer)
    # The child closes its end without a word as soon as it is contained.
    with os.fdopen(reader, "rb") as report:
        problem = report.read().decode()
    if problem:
        os.waitpid(pid, 0)
        raise OSError(errno.EPERM, f"a submission could not be contained: {problem}")
    if folder:
        _folders[pid] = folder
    return pid


def _fork(zygote: _Zygote) -> int:
    """Fork into a new namespace of processes; only the child is in it."""
    call("unshare", _NEWPID)
    try:
        pid = os.fork()
    except OSError:
        call("setns", zygote.own_pids, _NEWPID)
        raise
    if pid:
        # The kernel makes the next namespace only for one who is back in his own.
        call("setns", zygote.own_pids, _NEWPID)
    return pid


def _become_child(limits: Limits, files: Mapping[str, bytes], keep: set[int], folder: str) -> None:
    global _zygote
    zygote, contained = _zygote, not folder
    _zygote = None
    _folders.clear()
    parent = os.getppid()
    size, threads = _own_size(zygote)
    user = os.getuid()
    if contained and zygote:
        call("unshare", _NEWNS if has_filter() else _NEWNS | _NEWIPC)
        user = _USER + _forks % zygote.users if zygote.users else _USER
        options = f"mode=700,size={limits.work_bytes},nr_inodes={_INODES},uid={user},gid={_GROUP}"
        _new_tmp(options, zygote.in_tmp)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.setsid()
    if contained:
        drop_capabilities(user, _GROUP)
        for name in ("home", "work"):
            Path("/tmp", name).mkdir(0o700)
    os.chdir("/tmp/work" if contained else folder)
    for name, content in files.items():
        Path(name).write_bytes(content)
    if contained:
        _clean_environment("/tmp/home")
    if sys.platform == "linux":
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        prctl(PR_SET_DUMPABLE, 0)
        if os.getppid() != parent:
            os._exit(1)
    _close_all_but(keep)
    # An ordinary user's zygote, and its guard outside, count as his as well. Without a sandbox so does every
    # program he runs: a tight limit would then hit the wrong one.
    others = 0 if zygote and zygote.users else threads + 1
    set_limits(limits, size, limits.processes + others if contained else max(limits.processes, 4096))
    if contained:
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        if has_filter():
            filter_calls()


def _own_size(zygote: _Zygote | None) -> tuple[int, int]:
    """Return the bytes of address space that the zygote, and so its child, has, and its threads."""
    try:
        text = os.pread(zygote.stat, 4096, 0) if zygote else Path("/proc/self/stat").read_bytes()
    except OSError:
        return 0, 1  # not on Linux
    fields = text.rpartition(b")")[2].split()
    return int(fields[20]), int(fields[17])


def _clean_environment(home: str) -> None:
    given = {
        "HOME": home,
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "LOGNAME": "trainee",
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "SHELL": "/bin/sh",
        "TMPDIR": "/tmp",
        "USER": "trainee",
    }
    # Only what differs: a child copies each page of memory that it changes.
    for name, value in given.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
    for name in [name for name in os.environ if name not in given]:
        if name not in _KEPT and not name.startswith(_KEPT_STARTS):
            del os.environ[name]
    tempfile.tempdir = None


def _close_all_but(keep: set[int]) -> None:
    first = 3
    for number in sorted(number for number in keep if number > 2):
        os.closerange(first, number)
        first = number + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))


def _folder() -> str:
    """Make a folder for a child that is not contained; remove those of children that have ended."""
    for pid in list(_folders):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            shutil.rmtree(_folders.pop(pid), ignore_errors=True)
    if not _forks:
        atexit.register(_remove_folders)
    return tempfile.mkdtemp(prefix="csmodels-")


def _remove_folders() -> None:
    while _folders:
        shutil.rmtree(_folders.popitem()[1], ignore_errors=True)


# ------------------------------------------------------------------------------- the trial of isolation()


def _try_filter() -> bool:
    """Put the filter on a child and see that it holds."""
    if not has_filter():
        return False
    pid = os.fork()
    if pid == 0:
        try:
            prctl(PR_SET_NO_NEW_PRIVS, 1)
            filter_calls()
            os._exit(0 if _refused_socket() else 1)
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def _refused_socket() -> bool:
    try:
        socket.socket().close()
    except OSError:
        return True
    return False


def _try_sandbox(link: socket.socket) -> bool:
    try:
        enter(link, readable_paths())
        pid = fork(Limits(), {"file": b"text"})
    except OSError:
        return False
    if pid == 0:
        try:
            alone = os.getpid() == 1 and not Path("/proc/self").exists()
            closed = not os.access("/", os.W_OK) and os.getuid() >= _USER
            os._exit(0 if alone and closed and Path("file").read_bytes() == b"text" else 1)
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def _trial(descriptor: str) -> None:
    found = {"seccomp": _try_filter()}
    with socket.socket(fileno=int(descriptor)) as link:
        found["namespaces"] = _try_sandbox(link)
    print(json.dumps(found))


if __name__ == "__main__":
    _trial(sys.argv[1])
