"""A small disk of one's own that is full or closed to writing: a file system in memory, in a mount namespace.

It needs what the grader's sandbox needs: root, or namespaces for every user. Only programs that are started
with :meth:`Disk.enter` before them see it; this process looks into it through ``/proc``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from csmodels_helpers.grading.sandbox_limits import call

NEWNS, NEWUSER = 0x20000, 0x10000000
RDONLY, NOSUID, NODEV, REMOUNT, REC, PRIVATE = 1, 2, 4, 32, 16384, 1 << 18


class Disk:
    """A disk; a context.

    Parameters
    ----------
    place : Path
        An empty folder, on which it is mounted.
    size : int
        How many bytes it has.
    """

    def __init__(self, place: Path, size: int) -> None:
        self.place = place
        self._keeper = subprocess.Popen(
            [sys.executable, __file__, "keep", str(place), str(size)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"
        pid = self._keeper.pid
        self.enter = [sys.executable, __file__, "enter", str(pid), str(place)]
        self.seen = Path("/proc", str(pid), "root", *place.parts[1:])
        """The same folder, for this process: for its files, not for SQLite, which follows all links."""

    def _answer(self) -> str:
        assert self._keeper.stdout is not None
        return self._keeper.stdout.readline().strip()

    def _tell(self, word: str) -> None:
        assert self._keeper.stdin is not None
        self._keeper.stdin.write(f"{word}\n")
        self._keeper.stdin.flush()
        assert self._answer() == word

    @property
    def _filler(self) -> Path:
        return self.seen / "filler"

    def fill(self, room: int = 0) -> None:
        """Leave so many bytes, rounded to whole pages."""
        about = os.statvfs(self.seen)
        with self._filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, about.f_bavail * about.f_frsize - room)

    def close(self) -> None:
        """Let nobody write, not even root."""
        self._tell("close")

    def mend(self) -> None:
        """Make room, and let everybody write."""
        self._tell("open")
        self._filler.unlink(missing_ok=True)

    def __enter__(self) -> Disk:
        return self

    def __exit__(self, *_: object) -> None:
        self._keeper.communicate()


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    call("mount", *words, flags, options.encode())


def _keep(place: str, size: str) -> None:
    """Mount the disk where nobody else sees it, and do what is said on stdin."""
    user, group = os.getuid(), os.getgid()
    try:
        call("unshare", NEWNS)
    except PermissionError:
        call("unshare", NEWUSER | NEWNS)
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1\n", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1\n", encoding="ascii")
    _mount("none", "/", None, REC | PRIVATE)
    _mount("tmpfs", place, "tmpfs", NOSUID | NODEV, f"mode=700,size={size},uid={user},gid={group}")
    print("ready", flush=True)
    for line in sys.stdin:
        word = line.strip()
        _mount("none", place, None, REMOUNT | NOSUID | NODEV | (RDONLY if word == "close" else 0))
        print(word, flush=True)


def _enter(keeper: str, folder: str, program: list[str]) -> None:
    """Go where the disk is, and become a program."""
    for kind, flag in (("user", NEWUSER), ("mnt", NEWNS)):
        descriptor = os.open(f"/proc/{keeper}/ns/{kind}", os.O_RDONLY)
        try:
            call("setns", descriptor, flag)
        except OSError:
            if kind == "mnt":
                raise  # but root's users are the same there
        os.close(descriptor)
    os.chdir(folder)
    os.execv(program[0], program)


if __name__ == "__main__":
    if sys.argv[1] == "keep":
        _keep(*sys.argv[2:4])
    else:
        _enter(sys.argv[2], str(Path(sys.argv[3], sys.argv[4])), sys.argv[5:])
