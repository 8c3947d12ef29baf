"""JupyterHub's local processes, under the account that the roster gives to a person."""

from __future__ import annotations

import asyncio
import os
import pwd
import time
from collections.abc import Callable
from typing import Any

from jupyterhub.spawner import LocalProcessSpawner
from jupyterhub.utils import can_connect
from traitlets import Bool, Dict, Unicode

from csmodels_helpers.language import text

__all__ = ["AccountSpawner"]

_PATIENCE = 120.0


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

    # Servers that start share the processors: of fifty at once, the first is ready with the last one. So they
    # take turns.
    _turns = asyncio.Semaphore(2 * (os.cpu_count() or 1))

    async def start(self) -> Any:
        """Start the server when it is its turn; one that dies meanwhile has failed at once."""
        async with self._turns:
            where: Any = await super().start()
            # JupyterHub writes this down when we return: should it be killed before, the next one must know.
            server: Any = self.server
            server.ip, server.port = where
            self.orm_spawner.state = self.get_state()
            self.db.commit()
            end = time.monotonic() + _PATIENCE
            while time.monotonic() < end and not can_connect(*where):
                if await self.poll() is not None:
                    raise RuntimeError(text("hub.say.died", id=self.user.name))
                await asyncio.sleep(0.1)
            return where

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
