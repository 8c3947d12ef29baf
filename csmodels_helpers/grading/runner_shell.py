"""An IPython shell whose outputs are data: what a notebook would hold, without Jupyter's messages."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type

__all__ = ["Shell"]

_STEPS = 20  # at the beginning and at the end of a traceback


class _Publisher(DisplayPublisher):
    """``display(...)``."""

    shell: Any

    def publish(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: Any = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        output = {"output_type": "display_data", "data": data, "metadata": metadata or {}}
        self.shell.emit({**output, "display_id": (transient or {}).get("display_id"), "update": update})

    def clear_output(self, wait: bool = False) -> None:
        self.shell.emit({"output_type": "clear_output"})


class _Hook(DisplayHook):
    """The value of a cell's last line."""

    shell: Any

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        self.shell.emit(
            {
                "output_type": "execute_result",
                "data": format_dict,
                "metadata": md_dict or {},
                "execution_count": self.shell.execution_count,
            }
        )

    def finish_displayhook(self) -> None:
        pass


class Shell(InteractiveShell):
    """Runs cells as a kernel would; :attr:`emit` gets each output as a dictionary."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    emit: Callable[[dict[str, Any]], None]

    def init_sys_modules(self) -> None:
        """Let ``__main__`` be what the cells define, as in a kernel."""
        super().init_sys_modules()
        sys.modules["__main__"] = self.user_module

    def enable_gui(self, gui: str | None = None) -> None:
        """Do nothing: there is no screen."""

    def _tee(self, channel: str) -> Any:
        """Keep no second copy of what is printed; there may be no stream to take it from, either."""
        return contextlib.nullcontext()

    def system(self, cmd: str) -> None:
        """Run a program, ``!ls`` say, without the terminal that IPython would ask for."""
        command = self.var_expand(cmd, depth=1)
        self.user_ns["_exit_code"] = subprocess.call(command, shell=True, stdin=subprocess.DEVNULL)

    def _get_exc_info(self, exc_tuple: Any = None) -> Any:
        """Leave out the middle of a long traceback: IPython looks for seconds at an endless recursion."""
        kind, value, last = super()._get_exc_info(exc_tuple)
        steps: list[Any] = []
        while last is not None:
            steps.append(last)
            last = last.tb_next
        if len(steps) > 2 * _STEPS:
            steps[_STEPS].tb_next = steps[-_STEPS]
        return kind, value, steps[0] if steps else None

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        with contextlib.suppress(Exception):  # it may be anything, or closed
            sys.stdout.flush()
        try:
            message = str(evalue)
        except Exception:  # an exception that cannot even say what it is
            message = ""
        lines = [str(line) for line in stb]
        self.emit({"output_type": "error", "ename": etype.__name__, "evalue": message, "traceback": lines})
