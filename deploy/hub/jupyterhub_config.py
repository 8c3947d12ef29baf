"""What JupyterHub reads; `make hub` says where the folder of the hub is."""

import os
import sys
from pathlib import Path

import nativeauthenticator

from csmodels_helpers.hub import settings

c = get_config()  # noqa: F821 - jupyterhub brings get_config
hub = settings.load()
here = Path(__file__).resolve().parent
laptop = here.parent / "laptop"
ports = hub.ports
separate = bool(hub.grader)
trainees = [person for person in hub.people if not person.instructor]
instructors = [person for person in hub.people if person.instructor]
service = f"/services/{settings.COURSE_ID}/"
formgrader = f"{service}lab?formgrader=true"

# ------------------------------------------------------------------------- where it is, what it keeps

c.JupyterHub.bind_url = f"http://{hub.address}:{ports['public']}"
if hub.tls_cert:
    c.JupyterHub.bind_url = f"https://{hub.address}:{ports['public']}"
    c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = hub.tls_cert, hub.tls_key
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{ports['hub']}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{ports['proxy']}"
c.ConfigurableHTTPProxy.command = [*settings.TOGETHER, *hub.proxy]
c.ConfigurableHTTPProxy.pid_file = str(hub.private / "proxy.pid")
c.ConfigurableHTTPProxy.check_running_interval = 1  # a dead proxy is replaced, and who waits is a class
c.JupyterHub.cookie_secret_file = str(hub.private / "cookie_secret")
# Why not in PostgreSQL: docs/decisions/0091.
c.JupyterHub.db_url = f"sqlite:///{hub.private / 'jupyterhub.sqlite'}"

# ------------------------------------------------------------------------------------- who signs in

c.JupyterHub.authenticator_class = "csmodels_helpers.hub.authenticator.RosterAuthenticator"
c.JupyterHub.template_paths = [str(Path(nativeauthenticator.__file__).parent / "templates")]
c.RosterAuthenticator.people = [person.id for person in hub.people]
c.RosterAuthenticator.first_passwords = str(hub.passwords)
c.RosterAuthenticator.anew = list(hub.anew)
c.RosterAuthenticator.enable_signup = False
c.RosterAuthenticator.minimum_password_length = 10
c.RosterAuthenticator.check_common_password = True
c.RosterAuthenticator.allowed_failed_logins = 10
c.RosterAuthenticator.seconds_before_next_try = 60
c.Authenticator.allowed_users = {person.id for person in hub.people}
c.Authenticator.admin_users = set()  # nobody can look into the servers of others
# Who is taken off the roster leaves the hub's database, with sign-ins and tokens; the home folder stays.
c.Authenticator.allow_existing_users = False
c.Authenticator.delete_invalid_users = True

# ------------------------------------------------------------------- the servers of people, in work/

c.JupyterHub.spawner_class = "csmodels_helpers.hub.spawner.AccountSpawner"
c.AccountSpawner.separate = separate
c.AccountSpawner.accounts = {person.id: person.account for person in hub.people}
c.AccountSpawner.homes = {person.id: str(hub.home(person.account)) for person in hub.people}
c.Spawner.cmd = [sys.executable, "-m", "csmodels_helpers.hub.server", "--work"]
c.Spawner.notebook_dir = "~/work"
c.Spawner.default_url = "/lab/tree/m00_start_here.ipynb"
c.Spawner.env_keep = ["LANG", "LC_ALL", "TZ"]
everybody = {
    "PATH": os.environ["PATH"],
    "CSMODELS_EXCHANGE": str(hub.exchange),
    "CSMODELS_LANGUAGE": os.environ.get("CSMODELS_LANGUAGE", "en"),
}
# What stands in these folders goes before what people have in their homes, and is not theirs to change.
c.Spawner.environment = everybody | {
    "JUPYTER_CONFIG_PATH": os.pathsep.join(map(str, (here / "trainee", laptop)))
}
# Started again, JupyterHub looks at what runs; whoever is slow to answer must not keep the others waiting.
c.JupyterHub.init_spawners_timeout = 1
c.Spawner.poll_interval = 5  # a server that died may be started again after so many seconds
c.JupyterHub.concurrent_spawn_limit = 0  # nobody is sent away; servers take turns (hub/spawner.py)
c.Spawner.start_timeout = 900  # with the wait for it
c.Spawner.http_timeout = 60

# ------------------------------------------------------------------ the course's own, for instructors

c.JupyterHub.services = [
    {
        "name": settings.COURSE_ID,
        "url": f"http://127.0.0.1:{ports['service']}",
        "command": [
            *settings.TOGETHER,
            *(sys.executable, "-m", "csmodels_helpers.hub.server"),
            *(() if separate else ("--home", str(hub.grader_home))),
        ],
        "cwd": str(hub.course),
        "environment": everybody
        | {
            "JUPYTER_CONFIG_PATH": os.pathsep.join(map(str, (here / "instructor", laptop))),
            "JUPYTERHUB_ROOT_DIR": str(hub.course),
            "JUPYTERHUB_DEFAULT_URL": "/lab?formgrader=true",
        },
        "oauth_no_confirm": True,
        **({"user": hub.grader} if separate else {}),
    },
    {
        "name": "idle",
        "display": False,
        "command": [
            *(*settings.TOGETHER, sys.executable),
            *("-m", "jupyterhub_idle_culler", "--timeout=7200", "--cull-every=300"),
        ],
    },
]
c.JupyterHub.load_roles = [
    {
        "name": "instructors",
        "scopes": [f"access:services!service={settings.COURSE_ID}"],
        "users": [person.id for person in instructors],
    },
    {
        "name": "idle",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle"],
    },
]


def first_page(handler):
    """Bring instructors to the Formgrader, trainees to their lessons."""
    user = handler.current_user
    if user is None:
        return ""  # the page to sign in, and then here once more
    if any(person.id == user.name for person in instructors):
        return formgrader
    return "/hub/spawn"


c.JupyterHub.default_url = first_page
