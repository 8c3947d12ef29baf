"""What the JupyterLab of the course reads on the hub: nothing is asked on the internet."""

c = get_config()  # noqa: F821 - jupyter brings get_config
c.ServerApp.jpserver_extensions = {
    "csmodels_helpers.hub.formgrader": True,
    "nbgrader.server_extensions.assignment_list": False,
    "nbgrader.server_extensions.course_list": False,
}
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.KernelManager.transport_encryption = "auto"
c.ServerApp.answer_yes = True  # the hub stops a server by an interrupt; nobody is there to confirm it
# The Formgrader stands in a frame of JupyterLab, which JupyterHub forbids to all pages.
c.ServerApp.tornado_settings = {"headers": {"Content-Security-Policy": "frame-ancestors 'self'"}}
