"""What a trainee's cell shows, in nbformat's form: what has another form may be forged and is left out."""

from __future__ import annotations

import base64
import json
from typing import Any

__all__: list[str] = []

_MOST_TEXT = 1_000_000  # signs of one text among them
MORE = "\n[…]\n"
"""Stands where outputs were left out."""


def keep(output: Any, outputs: list[dict[str, Any]]) -> None:
    """Add an output in nbformat's form; what is not in that form is left out.

    Parameters
    ----------
    output : object
        What came from the trainee's process.
    outputs : list of dict
        The outputs of the cell so far.
    """
    if not isinstance(output, dict):
        return
    kind = str(output.get("output_type"))
    if kind == "stream":
        name = "stderr" if str(output.get("name")) == "stderr" else "stdout"
        if outputs and outputs[-1].get("name") == name:
            if len(outputs[-1]["text"]) < _MOST_TEXT and not outputs[-1]["text"].endswith(MORE):
                outputs[-1]["text"] += _fair(str(output.get("text")))
        else:
            outputs.append({"output_type": "stream", "name": name, "text": _fair(str(output.get("text")))})
    elif kind == "error":
        lines = output.get("traceback")
        shown = [str(line) for line in lines] if isinstance(lines, list | tuple) else []
        outputs.append(error_output(str(output.get("ename")), str(output.get("evalue")), shown))
    elif kind == "clear_output":
        outputs.clear()
    elif kind in ("display_data", "execute_result"):
        _keep_rich(kind, output, outputs)


def _keep_rich(kind: str, output: dict[str, Any], outputs: list[dict[str, Any]]) -> None:
    bundle = output.get("data")
    data: dict[str, Any] = {}
    for mime, content in bundle.items() if isinstance(bundle, dict) else ():
        name, value = _fair(str(mime)), _json(content)
        is_json = name == "application/json" or (name.startswith("application/") and name.endswith("+json"))
        data[name] = value if is_json else str(value)
    made: dict[str, Any] = {"output_type": kind, "data": data, "metadata": {}}
    if kind == "execute_result":
        count = output.get("execution_count")
        made["execution_count"] = count if type(count) is int and 0 <= count < 10**6 else None
    shown = output.get("display_id")
    if isinstance(shown, str):
        shown = _fair(shown)
        made["metadata"] = {"display_id": shown}
        if output.get("update") is True:
            for other in outputs:
                if other.get("metadata", {}).get("display_id") == shown:
                    other["data"] = data
            return
    outputs.append(made)


def _json(value: Any) -> Any:
    """Return what nbformat allows in a bundle: text, or JSON made of plain values."""
    if isinstance(value, str):
        return _fair(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    try:
        return json.loads(_fair(json.dumps(value, allow_nan=False, ensure_ascii=False)))
    except (TypeError, ValueError, RecursionError):
        return str(type(value).__name__)


def error_output(name: str, message: str, lines: list[str] | None = None) -> dict[str, Any]:
    """Return an error as an output of a cell.

    Parameters
    ----------
    name : str
        Its kind, such as "ValueError".
    message : str
        What it says.
    lines : list of str, optional
        What a reader sees; made of the other two if it is not given.

    Returns
    -------
    dict
        An output in nbformat's form.
    """
    shown = [_fair(line) for line in ([f"{name}: {message}"] if lines is None else lines)]
    return {"output_type": "error", "ename": _fair(name), "evalue": _fair(message), "traceback": shown}


def _fair(words: str) -> str:
    """Replace what no file in UTF-8 can hold."""
    return words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
