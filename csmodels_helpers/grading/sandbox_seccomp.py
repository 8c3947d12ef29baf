"""System calls that a submission may not make: a seccomp filter, written out as the kernel takes it.

Code in the sandbox has no right to most of these anyway. The filter keeps it away from parts of the kernel
where a mistake in the kernel would give such a right, and from memory that no other limit counts.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys
from functools import cache

from csmodels_helpers.grading.sandbox_limits import PR_SET_SECCOMP, call

__all__ = ["filter_calls", "has_filter", "program"]

# Name of the architecture for the kernel's audit, and the column of its numbers below.
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_X32 = 0x40000000  # x86_64 code may call with these numbers too: a second door to the same calls

# Numbers of the kernel (asm/unistd_64.h, asm-generic/unistd.h); None: the architecture has no such call.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # other file systems
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "statmount": (457, 457),
    "listmount": (458, 458),
    "open_tree_attr": (467, 467),
    "open_by_handle_at": (304, 265),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "fanotify_init": (300, 262),
    # other namespaces
    "unshare": (272, 97),
    "setns": (308, 268),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    # keys of the user who grades
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # parts of the kernel that are known for their holes
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "personality": (135, 92),
    "modify_ldt": (154, None),
    # the machine
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "acct": (163, 89),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "iopl": (172, None),
    "ioperm": (173, None),
    "lookup_dcookie": (212, 18),
    # memory that counts as nobody's
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
}
# "No such call" instead of "not allowed": libraries then take another way.
_ABSENT: dict[str, tuple[int | None, int | None]] = {
    "clone3": (435, 435),  # its arguments are out of a filter's sight; libc then calls clone
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
}
_CLONE, _SOCKET, _SOCKETPAIR, _IOCTL = (56, 220), (41, 198), (53, 199), (16, 29)
_NEW_NAMESPACES = 0x7E020000  # every CLONE_NEW… flag of clone
_AF_UNIX = 1
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # type into the terminal of the one who grades

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND = 0, 4, 16, 24  # places in struct seccomp_data, low halves
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]


@cache
def _whole() -> _Program:
    steps = program(platform.machine())
    return _Program(len(steps) // 8, steps)


@cache
def has_filter() -> bool:
    """Say whether there is a filter for this machine's processor, and get it ready.

    Returns
    -------
    bool
        True on Linux for x86_64 and aarch64.

    Examples
    --------
    >>> has_filter() == (sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64"))
    True
    """
    # A 32-bit Python on a 64-bit kernel calls by other numbers.
    wide = sys.maxsize > 2**32 and sys.byteorder == "little"
    ready = sys.platform == "linux" and wide and platform.machine() in _ARCHITECTURES
    return ready and bool(_whole())


def program(machine: str) -> bytes:
    """Write the filter as the kernel takes it: steps of eight bytes.

    Parameters
    ----------
    machine : {"x86_64", "aarch64"}
        The processor.

    Returns
    -------
    bytes
        An array of ``struct sock_filter``.

    Examples
    --------
    >>> len(program("x86_64")) % 8
    0
    >>> len(program("aarch64")) < len(program("x86_64"))
    True
    """
    architecture, column = _ARCHITECTURES[machine]
    steps: list[tuple[int, int, int, int]] = []

    def load(place: int) -> None:
        steps.append((_LOAD, 0, 0, place))

    def stop_if(test: int, value: int, action: int) -> None:
        steps.extend([(test, 0, 1, value), (_RETURN, 0, 0, action)])

    def stop_if_argument(number: int, place: int, tests: list[tuple[int, int]], action: int) -> None:
        """Look at an argument of one call; all others go on behind these steps."""
        steps.append((_EQUAL, 0, 2 * len(tests) + 2, number))
        load(place)
        for test, value in tests:
            stop_if(test, value, action)
        steps.append((_RETURN, 0, 0, _ALLOW))

    load(_ARCHITECTURE)
    steps.extend([(_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL)])
    load(_NUMBER)
    if machine == "x86_64":
        stop_if(_AT_LEAST, _X32, _KILL)
    for number in (numbers[column] for numbers in _REFUSED.values()):
        if number is not None:
            stop_if(_EQUAL, number, _ERROR | errno.EPERM)
    for number in (numbers[column] for numbers in _ABSENT.values()):
        if number is not None:
            stop_if(_EQUAL, number, _ERROR | errno.ENOSYS)
    # No sockets at all: those of the Unix kind could reach other submissions by a name that is not a file.
    # "Network is unreachable" is what Python's libraries tell best.
    stop_if(_EQUAL, _SOCKET[column], _ERROR | errno.ENETUNREACH)
    stop_if_argument(_CLONE[column], _FIRST, [(_ANY_BIT, _NEW_NAMESPACES)], _ERROR | errno.EPERM)
    terminal = [(_EQUAL, _TIOCSTI), (_EQUAL, _TIOCLINUX)]
    stop_if_argument(_IOCTL[column], _SECOND, terminal, _ERROR | errno.EPERM)
    # A pair of sockets that only this process has is fine: asyncio wakes itself with one.
    steps.append((_EQUAL, 0, 3, _SOCKETPAIR[column]))
    load(_FIRST)
    steps.extend([(_EQUAL, 1, 0, _AF_UNIX), (_RETURN, 0, 0, _ERROR | errno.EPERM)])
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def filter_calls() -> None:
    """Put the filter on this thread and whatever it starts, for good.

    The thread must have given up new privileges before (``PR_SET_NO_NEW_PRIVS``).

    Raises
    ------
    OSError
        If the kernel takes no filter.

    Examples
    --------
    >>> import subprocess
    >>> source = '''
    ... import os, socket
    ... from csmodels_helpers.grading.sandbox_limits import PR_SET_NO_NEW_PRIVS, prctl
    ... from csmodels_helpers.grading.sandbox_seccomp import filter_calls
    ... prctl(PR_SET_NO_NEW_PRIVS, 1)
    ... filter_calls()
    ... socket.socket()
    ... '''
    >>> done = subprocess.run([sys.executable, "-c", source], stderr=subprocess.PIPE)
    >>> b"Network is unreachable" in done.stderr
    True
    """
    steps = program(platform.machine())
    whole = _Program(len(steps) // 8, steps)
    # As two arguments more than prctl() of the module next door takes: mode 2 is a filter.
    call("prctl", PR_SET_SECCOMP, 2, ctypes.addressof(whole), 0, 0)
