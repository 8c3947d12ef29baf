"""nbclient, awake when a notebook has Output widgets."""

from __future__ import annotations

from typing import Any

import zmq
from nbclient import NotebookClient

__all__ = ["Client"]


class Client(NotebookClient):
    """An nbclient that hears the end of every cell.

    nbclient answers Output widgets past the event loop, on the socket on which it awaits the cell's reply.
    Sending takes the notice of a reply that has just come, and nobody is woken for it: with forty cells of
    three such widgets most runs stood still (nbclient 0.11, any kernel).

    Examples
    --------
    >>> import nbformat
    >>> book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("6 * 7")])
    >>> Client(book, kernel_name="python3").execute()["cells"][0]["outputs"][0]["data"]["text/plain"]
    '42'
    """

    def process_message(self, *args: Any, **options: Any) -> Any:
        """Process a message, then look at the socket that an answer may have gone through."""
        processed = super().process_message(*args, **options)
        client: Any = self.kc
        client.shell_channel.socket.get(zmq.EVENTS)
        return processed
