"""A learning platform as far as LTI 1.3 goes: a key, where its public part is, launches that it signs."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"
CLIENT, COURSE = "tool-1", "course-42"


class Platform:
    """What signs launches.

    Parameters
    ----------
    address : str
        Where it answers.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.keys = {"keys": [self._public()]}

    def _public(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {**public, "kid": "one", "alg": "RS256", "use": "sig"}

    def environment(self) -> dict[str, str]:
        """Return what the secret csmodels-lti holds."""
        return {
            "LTI_ISSUER": self.address,
            "LTI_CLIENT_ID": CLIENT,
            "LTI_AUTHORIZE_URL": f"{self.address}/authorize",
            "LTI_JWKS_URL": f"{self.address}/jwks",
            "LTI_COURSES": f"{COURSE} course-43",
        }

    def launch(self, nonce: str, *, key: Any = None, **changed: Any) -> str:
        """Sign a launch of a trainee; arguments change claims, None leaves one out."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": str(uuid.uuid4()),
            "exp": now + 300,
            "iat": now,
            "nonce": nonce,
            "name": "Zhang Wei",
            "email": "zhang.wei@example.org",
            f"{CLAIM}message_type": "LtiResourceLinkRequest",
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}deployment_id": "1",
            f"{CLAIM}target_link_uri": "https://hub.example.org/hub/",
            f"{CLAIM}resource_link": {"id": "link-1"},
            f"{CLAIM}context": {"id": COURSE, "label": "CS", "title": "Customer satisfaction"},
            f"{CLAIM}roles": [f"{ROLE}#Learner"],
            f"{CLAIM}custom": {"id": "S01"},
        }
        for name, value in changed.items():
            claims[name if name in claims else f"{CLAIM}{name}"] = value
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, key or self.key, algorithm="RS256", headers={"kid": "one"})


@contextlib.contextmanager
def platform() -> Generator[Platform]:
    """Run one on a free port of this machine."""
    found: list[Platform] = []

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = json.dumps(found[0].keys).encode()
            self.send_response(200 if self.path == "/jwks" else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        found.append(Platform(f"http://127.0.0.1:{server.server_port}"))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield found[0]
        finally:
            server.shutdown()
            thread.join()
