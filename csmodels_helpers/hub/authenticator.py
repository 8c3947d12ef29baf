"""Who signs in: the people of the roster and nobody else, with passwords of their own."""

from __future__ import annotations

from typing import Any

import bcrypt
from jupyterhub.handlers.login import LoginHandler
from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.handlers import ChangePasswordHandler
from nativeauthenticator.orm import UserInfo
from traitlets import List, Unicode

from csmodels_helpers.grading.roster import fold
from csmodels_helpers.hub import passwords

__all__ = ["RosterAuthenticator"]

# A drawn password has 60 bits; rounds that make a chosen one slow to guess would cost a class minutes here.
_ROUNDS = 8


class RosterAuthenticator(NativeAuthenticator):
    """NativeAuthenticator with accounts that are made beforehand.

    Examples
    --------
    >>> RosterAuthenticator.people.default_args
    ()
    """

    people = List(Unicode(), help="The ids of the roster.").tag(config=True)
    first_passwords = Unicode(help="The file with the first password of each.").tag(config=True)
    anew = List(Unicode(), help="Ids of those whose password becomes the one in the file again.").tag(
        config=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names = {fold(name): name for name in self.people}
        for row in passwords.read(self.first_passwords) if self.first_passwords else ():
            name = row["id"]
            found: Any = UserInfo.find(self.db, name)
            if name not in self.people or (found is not None and name not in self.anew):
                continue
            if found is None:
                found = UserInfo(username=name)
                self.db.add(found)
            found.password = bcrypt.hashpw(row["password"].encode(), bcrypt.gensalt(_ROUNDS))
            found.is_authorized = True
        self.db.commit()

    def get_handlers(self, app: Any) -> list[tuple[str, Any]]:
        """Return the pages: signing in is JupyterHub's own, as that of NativeAuthenticator 1.3 fails in 6.

        There is no page to sign up, and none on which somebody lets others in.
        """
        return [("/login", LoginHandler), ("/change-password", ChangePasswordHandler)]

    def normalize_username(self, username: str) -> str:
        """Return the id as the roster writes it; capitals and full-width signs do not matter."""
        return self._names.get(fold(username), username)

    def validate_username(self, username: str) -> bool:
        """Say whether somebody is on the roster."""
        return username in self._names.values()

    async def refresh_user(  # pyright: ignore[reportIncompatibleMethodOverride] - JupyterHub's has no types
        self, user: Any, handler: Any = None
    ) -> bool:
        """Say whether somebody who signed in before is still on the roster."""
        return self.validate_username(user.name)
