"""A server on this machine that speaks the documented part of Microsoft's sign-in and of Microsoft Graph.

https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
https://learn.microsoft.com/en-us/graph/paging
https://learn.microsoft.com/en-us/graph/throttling
"""

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

TENANT = "fjordvik.example"
CLIENT_ID = "11111111-2222-3333-4444-555555555555"
CLIENT_SECRET = "the-client-secret-canary"
TOKEN = "the-access-token-canary"
PAGE_SIZE = 2


@dataclass
class Scripted:
    """An answer that is given once instead of the right one."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass
class FakeGraph:
    """What the server knows, gets and is told to do wrong.

    Attributes:
        users: as Graph has them, with `manager` as `{"id": ...}`.
        groups: ids of members by the group's id.
        scripted: answers to the next requests to Graph.
        sign_in_scripted: answers to the next requests for a token.
        next_links: what to say instead of the right links to a next page.
        assertion_key: the public key that signs assertions, when there is no secret.
        requests: paths with query, in order.
    """

    address: str = ""
    users: list[dict[str, Any]] = field(default_factory=list)
    groups: dict[str, list[str]] = field(default_factory=dict)
    scripted: list[Scripted] = field(default_factory=list)
    sign_in_scripted: list[Scripted] = field(default_factory=list)
    next_links: list[str] = field(default_factory=list)
    assertion_key: Any = None
    requests: list[str] = field(default_factory=list)
    sign_ins: int = 0

    def metadata(self, tenant: str) -> tuple[int, Any]:
        """OpenID Connect discovery."""
        if tenant != TENANT:
            return 400, {"error": "invalid_tenant", "error_codes": [90002]}
        base = f"{self.address}/{tenant}"
        return 200, {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
        }

    def token(self, form: Mapping[str, list[str]]) -> tuple[int, Any]:
        """The client credentials grant."""
        self.sign_ins += 1
        asked = {name: values[0] for name, values in form.items()}
        if (
            asked.get("grant_type") != "client_credentials"
            or asked.get("scope") != f"{self.address}/.default"
        ):
            return 400, {"error": "invalid_scope", "error_description": "AADSTS70011", "error_codes": [70011]}
        if asked.get("client_id") != CLIENT_ID or not self._proves(asked):
            return 401, {
                "error": "invalid_client",
                "error_description": "AADSTS7000215: Invalid client secret provided.",
                "error_codes": [7000215],
            }
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": TOKEN}

    def _proves(self, asked: Mapping[str, str]) -> bool:
        if self.assertion_key is None:
            return asked.get("client_secret") == CLIENT_SECRET
        claims = jwt.decode(
            asked["client_assertion"],
            self.assertion_key,
            algorithms=["PS256"],
            audience=f"{self.address}/{TENANT}/oauth2/v2.0/token",
            issuer=CLIENT_ID,
        )
        return claims["sub"] == CLIENT_ID

    def rows(self, path: str, query: Mapping[str, list[str]]) -> tuple[int, Any]:
        """A page of users or members."""
        if path == "users":
            found = self.users
        elif path.startswith("groups/") and path.split("/")[1] in self.groups:
            found = [{"id": one} for one in self.groups[path.split("/")[1]]]
        else:
            return 404, {"error": {"code": "Request_ResourceNotFound", "message": "no"}}
        first = int(query.get("$skiptoken", ["0"])[0])
        fields = query["$select"][0].split(",")
        if query.get("$expand") == ["manager($select=id)"]:
            fields.append("manager")
        # Graph says null for what is empty, and nothing at all about a manager who is not there.
        page: dict[str, Any] = {
            "value": [
                {name: row.get(name) for name in fields if name in row or name != "manager"}
                for row in found[first : first + PAGE_SIZE]
            ]
        }
        if first + PAGE_SIZE < len(found):
            right = f"{self.address}/v1.0/{path}?$select={query['$select'][0]}&$skiptoken={first + PAGE_SIZE}"
            right += "&$expand=manager($select=id)" if "manager" in fields else ""
            page["@odata.nextLink"] = self.next_links.pop(0) if self.next_links else right
        return 200, page


class _Handler(BaseHTTPRequestHandler):
    fake: ClassVar[FakeGraph]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.fake.requests.append(self.path)
        if parts.path.endswith("/.well-known/openid-configuration"):
            self._answer(*self.fake.metadata(parts.path.split("/")[1]))
        elif self.fake.scripted:
            self._play(self.fake.scripted.pop(0))
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer(401, {"error": {"code": "InvalidAuthenticationToken", "message": "no"}})
        else:
            self._answer(*self.fake.rows(parts.path.removeprefix("/v1.0/"), parse_qs(parts.query)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.fake.requests.append(self.path)
        if self.fake.sign_in_scripted:
            self._play(self.fake.sign_in_scripted.pop(0))
        else:
            self._answer(*self.fake.token(parse_qs(body)))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _play(self, scripted: Scripted) -> None:
        self._answer(scripted.status, scripted.body, scripted.headers)

    def _answer(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def running_graph(certificate: Path) -> Iterator[FakeGraph]:
    """Serve on 127.0.0.1 over TLS, as msal refuses anything else.

    Args:
        certificate: PEM with a key and a certificate, from `write_certificate`.
    """
    fake = FakeGraph()
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    fake.address = f"https://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write_certificate(path: Path) -> Any:
    """Write a self-made certificate for 127.0.0.1 with its key, and return the public key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return key.public_key()
