"""What a submission may use: limits of a process, its capabilities, and a cgroup around all processes.

The lower half of :mod:`csmodels_helpers.grading.sandbox`, with the one function that calls libc.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = [
    "Limits",
    "call",
    "drop_capabilities",
    "drop_prospects",
    "make_cgroup",
    "prctl",
    "remove_cgroup",
    "set_limits",
]

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP = 1, 4, 22
PR_CAPBSET_DROP, PR_SET_SECUREBITS, PR_SET_NO_NEW_PRIVS = 24, 28, 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_SECURE = 0b101111  # user 0 means nothing, and a change of user keeps no capability; both for good


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    Parameters
    ----------
    memory : int
        Bytes of address space of each process, on top of what it starts with.
    processes : int
        Processes and threads.
    cpu_seconds : int
        Processor time of each process; it is killed after that.
    file_bytes : int
        Size of each file that it writes.
    work_bytes : int
        Size of all of its files.
    open_files : int
        Files that a process may have open at a time.

    Examples
    --------
    >>> Limits(processes=8).processes
    8
    """

    memory: int = 2 * 2**30
    processes: int = 64
    cpu_seconds: int = 300
    file_bytes: int = 64 * 2**20
    work_bytes: int = 256 * 2**20
    open_files: int = 256


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def call(name: str, *values: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """Call a function of libc that says -1 when it fails.

    Parameters
    ----------
    name : str
        The function.
    *values : int, bytes, array or None
        Its arguments; whole numbers are passed as ``long``.

    Returns
    -------
    int
        What it returned.

    Raises
    ------
    OSError
        The system's error, with the name of the function.

    Examples
    --------
    >>> call("getppid") == os.getppid()
    True
    >>> call("setpgid", -1, -1)
    Traceback (most recent call last):
    OSError: [Errno 22] setpgid: Invalid argument
    """
    words = [ctypes.c_long(value) if isinstance(value, int) else value for value in values]
    result: int = getattr(_libc(), name)(*words)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(option: int, value: int = 0) -> int:
    """Change something of this process.

    Parameters
    ----------
    option, value : int
        As in ``prctl(2)``.

    Returns
    -------
    int
        What it returned.

    Examples
    --------
    >>> prctl(3) in (0, 1, 2)  # PR_GET_DUMPABLE
    True
    """
    return call("prctl", option, value, 0, 0, 0)


def drop_prospects() -> None:
    """See to it that no program that this process starts can have any capability again.

    The process itself keeps what it has, until :func:`drop_capabilities`.

    Raises
    ------
    OSError
        If the process may not do that: outside of a sandbox only root may.

    Examples
    --------
    >>> import subprocess
    >>> program = "from csmodels_helpers.grading import sandbox_limits as it; it.drop_prospects()"
    >>> done = subprocess.run([sys.executable, "-c", program], stderr=subprocess.PIPE)
    >>> done.returncode == 0 or b"prctl: Operation not permitted" in done.stderr
    True
    """
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            break  # the kernel knows no more of them
    prctl(PR_SET_SECUREBITS, _SECURE)


def drop_capabilities(user: int, group: int) -> None:
    """Become an ordinary user without any capability.

    Parameters
    ----------
    user, group : int
        Whom to become.

    Raises
    ------
    OSError
        If this process may not become that user.

    Examples
    --------
    >>> import subprocess
    >>> program = "from csmodels_helpers.grading import sandbox_limits as it; it.drop_capabilities(1, 1)"
    >>> program += "; import os; os.setuid(0)"
    >>> done = subprocess.run([sys.executable, "-c", program], stderr=subprocess.PIPE)
    >>> b"Operation not permitted" in done.stderr
    True
    """
    with suppress(PermissionError):
        os.setgroups([])  # the sandbox of an ordinary user has to keep his groups
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    with suppress(OSError):
        call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    # The third version of the header, for this process; three empty sets of 64 bits.
    header = (0x20080522).to_bytes(4, sys.byteorder) + bytes(4)
    call("capset", ctypes.create_string_buffer(header, 8), ctypes.create_string_buffer(24))


def set_limits(limits: Limits, size: int, processes: int) -> None:
    """Limit this process; neither it nor its children can raise the limits again.

    Parameters
    ----------
    limits : Limits
        What is allowed.
    size : int
        Bytes of address space that the process has now; 0 if they are not known: then memory has no limit.
    processes : int
        Processes and threads that its user may have.

    Examples
    --------
    >>> import subprocess
    >>> program = '''
    ... from csmodels_helpers.grading.sandbox_limits import Limits, set_limits
    ... set_limits(Limits(open_files=20), size=0, processes=4000)
    ... [open("/dev/null") for number in range(30)]
    ... '''
    >>> done = subprocess.run([sys.executable, "-c", program], stderr=subprocess.PIPE)
    >>> b"Too many open files" in done.stderr
    True
    """
    import resource  # not there on Windows, where this module can be imported all the same

    wanted = {
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": limits.cpu_seconds,
        "RLIMIT_FSIZE": limits.file_bytes,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_NPROC": processes,
        "RLIMIT_MEMLOCK": 64 * 2**10,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_NICE": 0,
        "RLIMIT_RTPRIO": 0,
    }
    if size:
        wanted["RLIMIT_AS"] = size + limits.memory
    for name, most in wanted.items():
        kind: int | None = getattr(resource, name, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


# ------------------------------------------------------------------------------------------------ cgroups
# The only limit on the memory of all processes together.


def make_cgroup(pid: int, processes: int, memory: int) -> str:
    """Put a process into a cgroup of its own, if this machine lets us make one.

    Parameters
    ----------
    pid : int
        The process; its children will be in it too.
    processes : int
        Processes and threads that may be in it.
    memory : int
        Bytes that they may use together.

    Returns
    -------
    str
        "v1" or "v2", "" if there is none.

    Examples
    --------
    >>> make_cgroup(2**30, 8, 2**30)  # there is no such process
    ''
    """
    version, parents = _parents()
    settings = {
        "v1": {"pids": ("pids.max", processes), "memory": ("memory.limit_in_bytes", memory)},
        "v2": {"pids": ("pids.max", processes), "memory": ("memory.max", memory)},
    }
    if not parents:
        return ""
    folders = {kind: parent / _name(pid) for kind, parent in parents.items()}
    try:
        for kind, folder in folders.items():
            folder.mkdir(exist_ok=True)  # in v2 both kinds share a folder
            name, most = settings[version][kind]
            (folder / name).write_text(str(most))
        for folder in folders.values():
            (folder / "cgroup.procs").write_text(str(pid))
    except OSError:
        remove_cgroup(pid)
        return ""
    return version


def remove_cgroup(pid: int, patience: float = 2.0) -> None:
    """Remove the cgroup of a process that was killed.

    Parameters
    ----------
    pid : int
        The process; nothing happens if it has no cgroup.
    patience : float
        Seconds to wait until everything in it has ended.

    Examples
    --------
    >>> remove_cgroup(2**30)
    """
    until = time.monotonic() + patience
    for folder in {parent / _name(pid) for parent in _parents()[1].values()}:
        while folder.is_dir():
            try:
                folder.rmdir()
            except OSError:
                if time.monotonic() > until:
                    break
                time.sleep(0.005)


def _name(pid: int) -> str:
    return f"csmodels-{pid}"


@cache
def _parents() -> tuple[str, dict[str, Path]]:
    """Find where we may make cgroups that limit processes and memory."""
    try:
        own = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
        mounts = list(_cgroup_mounts())
    except OSError:
        return "", {}
    found: dict[str, Path] = {}
    for line in own:
        _, kinds, place = line.split(":", 2)
        for version, words, root, point in mounts:
            # A container may see a part of the tree only, which begins at `root`.
            inside = os.path.relpath(place, root)
            folder = point / inside
            if inside.startswith(".."):
                continue
            if version == "v2" and not kinds and (parent := _delegated(folder, point)):
                return "v2", {"pids": parent, "memory": parent}
            for kind in {"pids", "memory"} & set(words) & set(kinds.split(",")):
                if os.access(folder, os.W_OK):
                    found[kind] = folder
    return ("v1", found) if len(found) == 2 else ("", {})


def _cgroup_mounts() -> Iterator[tuple[str, list[str], str, Path]]:
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        _, _, _, root, point, *_ = before.split(" ")
        if kind in ("cgroup", "cgroup2"):
            yield "v1" if kind == "cgroup" else "v2", re.split("[ ,]", options), root, Path(point)


def _delegated(folder: Path, top: Path) -> Path | None:
    """Find the nearest cgroup of version 2 that hands both limits on to its children and is ours to write.

    Our own cgroup cannot be it: one that holds processes hands nothing on. So the new one will lie beside
    ours, or higher up.
    """
    while folder != top:
        folder = folder.parent
        try:
            handed_on = (folder / "cgroup.subtree_control").read_text(encoding="utf-8").split()
        except OSError:
            return None
        if {"pids", "memory"} <= set(handed_on) and os.access(folder, os.W_OK):
            return folder
    return None
