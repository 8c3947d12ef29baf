"""What nbgrader reads in the server of a person: where to fetch and submit, and patience for Validate."""

import os
from pathlib import Path

c = get_config()  # noqa: F821 - nbgrader brings get_config
c.CourseDirectory.course_id = "csmodels"
# The account may be called otherwise. Whose a hand-in is, its owner says (csmodels_helpers.hub.exchange).
c.CourseDirectory.student_id = os.environ.get("JUPYTERHUB_USER", "*")
c.Exchange.root = os.environ.get("CSMODELS_EXCHANGE", "")
c.Exchange.assignment_dir = str(Path.home() / "work" / "exercises")
