"""What the course adds to the hub of the chart: sign-in from the learning platform, folders of each server.

The chart loads this file into JupyterHub (values.yaml, hub.extraFiles). It holds no secret: those come from
the environment, which values.yaml fills from Kubernetes secrets.
"""

import os
import re

from ltiauthenticator.lti13.auth import LTI13Authenticator
from ltiauthenticator.lti13.handlers import LTI13ConfigHandler, LTI13LoginInitHandler
from tornado.web import HTTPError

COURSE = "csmodels"
INSTRUCTORS, TRAINEES = f"formgrade-{COURSE}", f"nbgrader-{COURSE}"  # the names that nbgrader looks for
EXCHANGE = "/srv/nbgrader/exchange"

# --- who somebody is, and what they may do here ---

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership"
# It becomes the name of a folder, of a volume and a column of the gradebook, so no sign has to be translated.
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST = 48


def name_of(token):
    """Return the user name: the custom parameter "id", which the platform fills in ($User.username, say)."""
    given = (token.get(f"{CLAIM}custom") or {}).get("id")
    # Never another claim in its place: the same person would have two homes once the first is filled in.
    if not isinstance(given, str) or not given or given.startswith("$"):
        raise HTTPError(
            403,
            "The learning platform does not say who you are. Tell whoever registered this tool: it needs the "
            "custom parameter id=$User.username (deploy/kubernetes/README.md).",
        )
    name = given.lower()
    if len(name) > LONGEST or not NAME.fullmatch(name):
        raise HTTPError(
            403,
            f"The learning platform calls you {given!r}. A name here has at most {LONGEST} letters a to z, "
            "digits and single hyphens; the custom parameter id has to be another one.",
        )
    return name


def groups_of(token, courses):
    """Return the groups of somebody who comes from one of these courses of the platform."""
    course = (token.get(f"{CLAIM}context") or {}).get("id")
    # Whoever teaches any course may often add this tool to it, and would be an instructor here.
    if course not in courses:
        raise HTTPError(
            403,
            f"This hub is for another course of the learning platform than yours ({course}). If it is for "
            "yours: its id belongs into the secret csmodels-lti, key courses.",
        )
    roles = token.get(f"{CLAIM}roles") or []
    if any(role.startswith((f"{ROLE}#Instructor", f"{ROLE}/Instructor#")) for role in roles):
        return [INSTRUCTORS]
    if f"{ROLE}#Learner" in roles:
        return [TRAINEES]
    raise HTTPError(
        403, "The learning platform says neither that you learn in this course nor that you teach it."
    )


class SignIn(LTI13LoginInitHandler):
    """The first step: the browser is sent to the platform with two cookies, and comes back with a form."""

    def _set_oauth_cookie(self, key, value):
        # The form comes from another site; without this, browsers do not send the cookies along with it.
        https = {"samesite": "None", "secure": True} if self.request.protocol == "https" else {}
        self._set_cookie(key, value, expires_days=1, encrypted=True, **https)


class Registration(LTI13ConfigHandler):
    """What a platform can read to register the hub as a tool: it asks for no name, no address, no marks."""

    async def get(self):
        """Write it as JSON, in the form that Canvas and others take."""
        here = f"{self.authenticator.get_uri_scheme(self.request)}://{self.request.host}"
        base = self.hub.server.base_url
        target = {"message_type": "LtiResourceLinkRequest", "target_link_uri": here + base}
        placement = {"placement": "course_navigation", "windowTarget": "_blank", **target}
        canvas = "canvas.instructure.com"
        self.write(
            {
                "title": self.authenticator.tool_name,
                "description": self.authenticator.tool_description,
                "oidc_initiation_url": here + self.authenticator.login_url(base),
                "redirect_uris": [here + self.authenticator.callback_url(base)],
                "target_link_uri": here + base,
                "scopes": [],
                "custom_fields": {"id": "$User.username"},
                "extensions": [
                    {
                        "platform": canvas,
                        "settings": {"platform": canvas, "placements": [placement]},
                        "privacy_level": "anonymous",
                    }
                ],
            }
        )


class FromPlatform(LTI13Authenticator):
    """LTI 1.3: the platform says who comes, from which course, and in which role."""

    login_handler, config_handler = SignIn, Registration
    # Their roles may change: the next sign-in decides, and whoever lost a role loses the group.
    manage_groups = True

    def get_username(self, token):
        """Return a name that stays the same and is safe as a folder's."""
        return name_of(token)

    async def authenticate(self, handler, data=None):
        """Accept a launch that the platform signed."""
        found = await super().authenticate(handler, data)
        courses = os.environ["LTI_COURSES"].split()
        # Nothing else of the token is kept: it holds names and addresses.
        return {"name": found["name"], "groups": groups_of(data, courses)}


c = get_config()  # noqa: F821 - JupyterHub brings get_config
c.JupyterHub.authenticator_class = FromPlatform
c.FromPlatform.issuer = os.environ["LTI_ISSUER"]
c.FromPlatform.client_id = set(os.environ["LTI_CLIENT_ID"].split())
c.FromPlatform.authorize_url = os.environ["LTI_AUTHORIZE_URL"]
c.FromPlatform.jwks_endpoint = os.environ["LTI_JWKS_URL"]
c.FromPlatform.tool_name = "csmodels"
c.FromPlatform.tool_description = "Customer satisfaction, computed"
c.Authenticator.allow_all = True  # whom the platform sends; the rules are above

# --- what a server sees ---


def mounts(name, *, instructor):
    """Return what is mounted where: (volume, folder in it, place, whether only to read)."""
    if instructor:
        return [
            ("exchange", "nbgrader", EXCHANGE, False),
            ("class", "grading", "/srv/csmodels/grading", False),
        ]
    volume, place = f"nbgrader/{COURSE}", f"{EXCHANGE}/{COURSE}"
    return [
        ("exchange", f"{volume}/outbound", f"{place}/outbound", True),
        ("exchange", f"{volume}/inbound/{name}", f"{place}/inbound", False),
        ("exchange", f"{volume}/feedback/{name}", f"{place}/feedback", True),
    ]


def add_folders(spawner, pod):
    """Give a server its part of the exchange; an instructor's also class, gradebook and solutions.

    Called anew for each start with the pod as the chart makes it, so that nothing of an earlier start, when
    somebody had another role, is left.
    """
    from kubernetes_asyncio.client import models as k

    name = spawner.user.name
    instructor = INSTRUCTORS in {group.name for group in spawner.user.groups}
    server = next(one for one in pod.spec.containers if one.name == "notebook")
    wanted = mounts(name, instructor=instructor)
    for volume in dict.fromkeys(volume for volume, *_ in wanted):
        claim = k.V1PersistentVolumeClaimVolumeSource(claim_name=f"csmodels-{volume}")
        pod.spec.volumes = [*(pod.spec.volumes or []), k.V1Volume(name=volume, persistent_volume_claim=claim)]
    server.volume_mounts = [
        *(server.volume_mounts or []),
        *(
            k.V1VolumeMount(
                name=volume, sub_path=folder or None, mount_path=place, read_only=only_read or None
            )
            for volume, folder, place, only_read in wanted
        ),
    ]
    # Folders that are missing the node would make as root. This step makes them as the user of all servers;
    # what it runs is fixed here, and the trainee's server starts only after it.
    trainee = [(volume, folder) for volume, folder, *_ in mounts(name, instructor=False)]
    folders = dict.fromkeys([*trainee, *((volume, folder) for volume, folder, *_ in wanted)])
    make = k.V1Container(
        name="folders",
        image=server.image,
        command=["mkdir", "-p", *(f"/volumes/{volume}/{folder}" for volume, folder in folders)],
        security_context=server.security_context,
        volume_mounts=[
            k.V1VolumeMount(name=volume, mount_path=f"/volumes/{volume}")
            for volume in dict.fromkeys(volume for volume, _ in folders)
        ],
    )
    pod.spec.init_containers = [*(pod.spec.init_containers or []), make]
    if instructor:
        server.image = os.environ["INSTRUCTOR_IMAGE"]
        pod.metadata.labels["csmodels/role"] = (
            "instructor"  # network.yaml lets it to the gradebook and to Dask
        )
        password = k.V1SecretKeySelector(name="csmodels-database", key="gradebook-password")
        server.env = [
            *(server.env or []),
            k.V1EnvVar(name="PGPASSWORD", value_from=k.V1EnvVarSource(secret_key_ref=password)),
        ]
    return pod


c.KubeSpawner.modify_pod_hook = add_folders
