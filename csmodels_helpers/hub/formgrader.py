"""nbgrader's Formgrader beside a database server: a session for each request, as others write there as well.

nbgrader keeps one session for as long as the server of the course runs. A database server that was started
again would make each further request fail, and what the terminal has graded would be seen late. An extension
of Jupyter's server.
"""

from __future__ import annotations

from typing import Any

__all__ = ["end_session"]


def end_session(settings: dict[str, Any], status: int) -> None:
    """Give the session of a request back; after a failure the connections as well.

    Parameters
    ----------
    settings : dict
        Those of the server; nbgrader keeps its gradebook there.
    status : int
        How the request ended.

    Examples
    --------
    >>> end_session({"nbgrader_gradebook": None}, 200)
    """
    gradebook = settings.get("nbgrader_gradebook")
    if gradebook is None:
        return
    if status < 500:
        gradebook.db.remove()
    else:
        settings["nbgrader_gradebook"] = None  # the next request makes another one
        gradebook.close()


def _jupyter_server_extension_points() -> list[dict[str, str]]:  # pyright: ignore[reportUnusedFunction]
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:  # pyright: ignore[reportUnusedFunction]
    from nbgrader.server_extensions.formgrader.base import BaseHandler

    usual = BaseHandler.on_finish

    def on_finish(self: Any) -> None:
        usual(self)
        end_session(self.settings, self.get_status())

    BaseHandler.on_finish = on_finish
