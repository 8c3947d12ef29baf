"""A trainee's JupyterLab on the hub: as on a laptop (start.py), nothing is asked on the internet."""

from pathlib import Path

c = get_config()  # noqa: F821 - jupyter brings get_config
# What only instructors use (and labconfig/page_config.json, for what they see).
c.ServerApp.jpserver_extensions = {
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader.server_extensions.course_list": False,
}
c.ServerApp.root_dir = str(Path.home() / "work")
# A login shell would begin PATH anew.
c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash"]}
c.LabApp.default_url = "/lab/tree/m00_start_here.ipynb"
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.KernelManager.transport_encryption = "auto"
# A kernel idle for an hour holds memory that others need; the server itself ends by the hub's culler.
c.MappingKernelManager.cull_idle_timeout = 3600
c.MappingKernelManager.cull_interval = 300
