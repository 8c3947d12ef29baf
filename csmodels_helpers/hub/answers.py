"""Ask a part of a hub whether it is there."""

from __future__ import annotations

import ssl
import urllib.request

__all__ = ["read"]


def read(url: str, seconds: float) -> bytes:
    """Return what stands at an address of the hub; whose certificate it has is not the question.

    Parameters
    ----------
    url : str
        The address.
    seconds : float
        How long to wait.

    Returns
    -------
    bytes
        The answer.

    Raises
    ------
    OSError
        If there is none, or it is an error.

    Examples
    --------
    >>> try:
    ...     read("http://127.0.0.1:1/", seconds=5)
    ... except OSError:
    ...     print("nobody there")
    nobody there
    """
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with urllib.request.urlopen(url, timeout=seconds, context=trusting) as reply:
        return bytes(reply.read())
