"""nbgrader for a trainee on the hub: where the exchange is, and that the exercises are there already."""

import os
from pathlib import Path

c = get_config()  # noqa: F821 - nbgrader brings get_config
c.CourseDirectory.course_id = "csmodels"
# In the container everybody is called the same. Whose a hand-in is, its folder says (decision 0096).
c.CourseDirectory.student_id = os.environ.get("JUPYTERHUB_USER", "*")
c.Exchange.root = os.environ.get("CSMODELS_EXCHANGE", "/srv/nbgrader/exchange")
# `csmodels update` has brought the exercises; "Submit" sends the folder that the trainee works in.
c.Exchange.assignment_dir = str(Path.home() / "work" / "exercises")
c.Execute.timeout = 300  # for Validate: endless loops end, a busy node is slow
c.Validator.width = 200
c.KernelManager.transport_encryption = "auto"
