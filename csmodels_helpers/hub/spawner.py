"""JupyterHub's local processes, under the account that the roster gives to a person."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from typing import Any

from jupyterhub.spawner import LocalProcessSpawner
from traitlets import Bool, Dict, Unicode

__all__ = ["AccountSpawner"]


class AccountSpawner(LocalProcessSpawner):
    """A server for a person: JupyterHub's own takes the name that one signs in with for an account.

    Examples
    --------
    >>> AccountSpawner.separate.default_value
    True
    """

    accounts = Dict(key_trait=Unicode(), value_trait=Unicode(), help="Id → system account.").tag(config=True)
    homes = Dict(key_trait=Unicode(), value_trait=Unicode(), help="Id → home folder.").tag(config=True)
    separate = Bool(True, help="False: all run as the hub does, each in its own folder.").tag(config=True)

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        """Return what the new process does first: become the person, or only go home."""
        if self.separate:
            become: Any = super().make_preexec_fn(self.accounts[name])
            return become
        home = self.homes[name]
        os.makedirs(home, mode=0o700, exist_ok=True)  # noqa: PTH103
        return lambda: os.chdir(home)

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Return the variables that say who and where one is."""
        name = str(self.user.name)
        env["HOME"] = self.homes[name]
        env["USER"] = env["LOGNAME"] = (
            self.accounts[name] if self.separate else pwd.getpwuid(os.getuid()).pw_name
        )
        env["SHELL"] = "/bin/bash"
        return env
