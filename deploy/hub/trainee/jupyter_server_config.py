"""What the JupyterLab of a person reads on the hub: no Formgrader; nothing is asked on the internet."""

c = get_config()  # noqa: F821 - jupyter brings get_config
c.ServerApp.jpserver_extensions = {
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader.server_extensions.course_list": False,
}
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.KernelManager.transport_encryption = "auto"
c.ServerApp.answer_yes = True  # the hub stops a server by an interrupt; nobody is there to confirm it
