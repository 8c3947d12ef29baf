"""nbgrader for an instructor on the hub: gradebook in PostgreSQL, hand-ins from folders of trainees."""

import os
from pathlib import Path

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course

c = get_config()  # noqa: F821 - nbgrader brings get_config
# The password is in PGPASSWORD, from a Kubernetes secret (hub_config.py).
c.CourseDirectory.db_url = os.environ.get(
    "CSMODELS_GRADEBOOK", "postgresql+psycopg://gradebook@csmodels-database:5432/gradebook"
)
c.Exchange.root = os.environ.get("CSMODELS_EXCHANGE", "/srv/nbgrader/exchange")
c.ExchangeFactory.collect = "csmodels_helpers.grading.exchange.Collect"
c.ExchangeFactory.release_feedback = "csmodels_helpers.grading.exchange.ReleaseFeedback"
try:
    course.configure(c, Path(__file__).parent)
except CourseError as error:
    # nbgrader would report any other exception as a warning and go on with folders of its own.
    raise SystemExit(str(error)) from error
