"""What nbgrader reads in a trainee's JupyterLab: nothing of a class, only patience for Validate."""

# Without this file every start prints "No nbgrader_config.py file found", which looks like a fault.
c = get_config()  # noqa: F821 - nbgrader brings get_config
c.Execute.timeout = 300  # for endless loops; a busy laptop is slow
c.Validator.width = 200  # whole messages: at its 90 nbgrader cuts the end of every line off
c.KernelManager.transport_encryption = "auto"  # else every kernel warns in the terminal
