"""An instructor's JupyterLab on the hub: it opens in the folder of the course, where Formgrader looks."""

c = get_config()  # noqa: F821 - jupyter brings get_config
c.ServerApp.jpserver_extensions = {
    "nbgrader.server_extensions.assignment_list": False,
    "nbgrader.server_extensions.course_list": False,
}
c.ServerApp.root_dir = "/srv/csmodels"
c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash"]}  # a login shell would begin PATH anew
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.KernelManager.transport_encryption = "auto"
