"""What a trainee's JupyterLab server reads beside its command line (start.py)."""

import os

c = get_config()  # noqa: F821 - jupyter brings get_config
if os.name != "nt":
    # A server that no terminal started would open login shells: they begin PATH anew and lose `csmodels`.
    c.ServerApp.terminado_settings = {"shell_command": [os.environ.get("SHELL") or "/bin/sh"]}
