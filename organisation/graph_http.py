"""Requests to Microsoft with patience, time limits, and to one host only."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import stamina

from organisation.errors import GraphAnswerError, GraphBusyError

TIMEOUT_S = 30.0
ATTEMPTS = 6
# Graph asks for seconds up to a few minutes. If it wants us to stay away longer, the next run is soon enough.
MAX_WAIT_S = 300.0
_BUSY = frozenset({429, 503, 504})


def make_http_client(**options: Any) -> httpx.Client:
    """A client with time limits that follows no redirects, which could take the token elsewhere.

    Args:
        options: more for `httpx.Client`.
    """
    return httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, **options)


def send(http: httpx.Client, method: str, url: str, **options: Any) -> httpx.Response:
    """Send, and again as long as the other side asks for patience.

    Raises:
        GraphBusyError: it did so too often or for too long, or there was no answer.
    """
    for attempt in stamina.retry_context(
        on=patience, attempts=ATTEMPTS, timeout=2 * MAX_WAIT_S, wait_initial=1.0, wait_max=30.0
    ):
        with attempt:
            return _send_once(http, method, url, **options)
    raise AssertionError("the last attempt returns or raises")


def _send_once(http: httpx.Client, method: str, url: str, **options: Any) -> httpx.Response:
    try:
        response = http.request(method, url, **options)
    except httpx.RequestError as exc:
        raise GraphBusyError(None) from exc
    if response.status_code in _BUSY:
        raise GraphBusyError(response.status_code, retry_after_s(response.headers.get("Retry-After")))
    return response


def patience(error: Exception) -> bool | float:
    """Whether to try again, and after how many seconds if the other side has said so."""
    if not isinstance(error, GraphBusyError):
        return False
    if error.retry_after_s is None:
        return True
    return error.retry_after_s if error.retry_after_s <= MAX_WAIT_S else False


def retry_after_s(value: str | None, now: datetime | None = None) -> float | None:
    """The seconds that a `Retry-After` header means; None when there is none, or nonsense.

    Args:
        value: seconds or an HTTP date (RFC 9110, 10.2.3).
        now: aware; the moment now when it is None.
    """
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def require_same_origin(url: str, allowed: httpx.URL, what: str) -> None:
    """Stop before something secret goes to a host that an answer has named.

    Raises:
        GraphAnswerError: the address has another scheme, host or port; it is called `what` there.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as exc:
        raise GraphAnswerError(f"{what} is none") from exc
    if (parsed.scheme, parsed.host, parsed.port) != (allowed.scheme, allowed.host, allowed.port):
        raise GraphAnswerError(f"{what} leads to another host")
