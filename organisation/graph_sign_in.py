"""Sign in to Microsoft as an application, with msal.

https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
import msal  # type: ignore[import-untyped]

from organisation.errors import GraphSignInError
from organisation.graph_http import require_same_origin, send
from organisation.graph_settings import GraphSettings

_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)


class GraphSignIn:
    """Tokens for Microsoft Graph. Nothing is sent before the first one is wanted."""

    def __init__(self, settings: GraphSettings, http: httpx.Client) -> None:
        """Take the settings, and the client that asks."""
        self._settings = settings
        self._http = http
        self._base = httpx.URL(settings.base_url)
        self._application: Any = None

    def token(self) -> str:
        """A token, from msal's memory while it is valid.

        Raises:
            GraphSignInError: Microsoft refuses, or the certificate is none.
            GraphBusyError: Microsoft is busy or away.
            GraphAnswerError: it names an address of another host.
        """
        scope = f"{self._base.scheme}://{self._base.netloc.decode()}/.default"
        try:
            if self._application is None:
                self._application = self._make_application()
            result = self._application.acquire_token_for_client(scopes=[scope])
        except (ValueError, KeyError, TypeError, RuntimeError, httpx.HTTPStatusError) as exc:
            # What msal raises is not documented: for a tenant that is not there, or a broken certificate.
            raise GraphSignInError("tenant, application or certificate is not usable") from exc
        token = result.get("access_token")
        if not isinstance(token, str):
            raise GraphSignInError(_sign_in_code(result))
        return token

    def _make_application(self) -> Any:
        settings = self._settings
        return msal.ConfidentialClientApplication(
            str(settings.client_id),
            client_credential=_credential(settings),
            authority=f"{settings.authority}/{settings.tenant_id}",
            # Otherwise it asks Microsoft's worldwide cloud about the authority, also for the national ones.
            instance_discovery=False,
            http_client=_SignInHttp(self._http, httpx.URL(settings.authority)),
        )


class _SignInHttp:
    """The HTTP client that msal asks for (`msal.oauth2cli.http.HttpClient`), on top of ours."""

    def __init__(self, http: httpx.Client, authority: httpx.URL) -> None:
        self._http = http
        self._authority = authority

    def get(
        self, url: str, params: Any = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> httpx.Response:
        require_same_origin(url, self._authority, "an address to sign in")
        return send(self._http, "GET", url, params=params, headers=headers)

    def post(
        self,
        url: str,
        params: Any = None,
        data: Mapping[str, Any] | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> httpx.Response:
        require_same_origin(url, self._authority, "an address to sign in")
        if isinstance(data, Mapping):
            data = urlencode({name: value for name, value in data.items() if value is not None})
        headers = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return send(self._http, "POST", url, params=params, content=data or "", headers=headers)

    def close(self) -> None:
        """Whoever made the client closes it."""


def _sign_in_code(result: Mapping[str, Any]) -> str:
    """Microsoft's codes; the description beside them names tenant and application."""
    codes = result.get("error_codes")
    numbers = [f"AADSTS{code}" for code in codes] if isinstance(codes, list) else []
    return " ".join([str(result.get("error", "no token")), *numbers])


def _credential(settings: GraphSettings) -> str | dict[str, str]:
    if settings.certificate_path is None:
        return settings.client_secret.get_secret_value() if settings.client_secret else ""
    try:
        text = settings.certificate_path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as exc:
        raise GraphSignInError("the certificate file cannot be read") from exc
    blocks = {match[1]: match[0] for match in _PEM.finditer(text)}
    key = next((block for kind, block in blocks.items() if kind.endswith("PRIVATE KEY")), None)
    if key is None or "CERTIFICATE" not in blocks:
        raise GraphSignInError("the certificate file lacks a private key or a certificate")
    return {"private_key": key, "public_certificate": blocks["CERTIFICATE"]}
