"""What nbgrader reads: solutions/ is the source, exercises/ the release, grading/ the working folder."""

from pathlib import Path

from csmodels_helpers.errors import CourseError
from csmodels_helpers.grading import course

try:
    course.configure(get_config(), Path(__file__).parent)  # noqa: F821 - nbgrader brings get_config
except CourseError as error:
    # nbgrader would report any other exception as a warning and go on with folders of its own.
    raise SystemExit(str(error)) from error
