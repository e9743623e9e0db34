"""Read people and groups from Microsoft Graph.

https://learn.microsoft.com/en-us/graph/api/user-list
https://learn.microsoft.com/en-us/graph/api/group-list-transitivemembers
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from organisation.errors import GraphAnswerError, GraphRefusedError
from organisation.graph_http import require_same_origin, send
from organisation.graph_settings import GraphSettings
from organisation.graph_sign_in import GraphSignIn

# Microsoft's largest page; a municipality has tens of thousands of people, not millions.
PAGE_SIZE = 999
MAX_PAGES = 1000
_USER_FIELDS = (
    *("id", "displayName", "mail", "userPrincipalName", "jobTitle", "department"),
    *("employeeId", "accountEnabled", "userType"),
)
# Not documented, but seen: https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/2254
_EXPIRED_PAGE = "Directory_ExpiredPageToken"


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, hide_input_in_errors=True)


class GraphObject(_Answer):
    """Anything with an id: a manager, a member of a group."""

    id: str


class GraphUser(GraphObject):
    """A user; Graph says null for what is not filled in."""

    display_name: str | None = None
    mail: str | None = None
    user_principal_name: str | None = None
    job_title: str | None = None
    department: str | None = None
    employee_id: str | None = None
    account_enabled: bool | None = None
    user_type: str | None = None
    manager: GraphObject | None = None


class _Page(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    value: list[dict[str, Any]]
    next_link: str | None = Field(default=None, alias="@odata.nextLink")


class _PageExpiredError(Exception):
    """The link to the next page was valid once."""


Answer = TypeVar("Answer", bound=_Answer)


class GraphClient:
    """Microsoft Graph as an application without a user. Nothing is sent before the first question."""

    def __init__(self, settings: GraphSettings, http: httpx.Client) -> None:
        """Make a client.

        Args:
            settings: whom to ask, and who we are.
            http: from `make_http_client`; the caller closes it.
        """
        self._settings = settings
        self._http = http
        self._base = httpx.URL(settings.base_url)
        self._sign_in = GraphSignIn(settings, http)

    def users(self) -> list[GraphUser]:
        """All users, with their managers.

        Raises:
            GraphError: see `organisation.errors`.
        """
        expand = "manager($select=id)"
        query = {"$select": ",".join(_USER_FIELDS), "$expand": expand, "$top": str(PAGE_SIZE)}
        return self._list("users", query, GraphUser)

    def member_ids(self, group_id: UUID) -> frozenset[str]:
        """Ids of all that are in a group or in a group within it: users, and others.

        Raises:
            GraphError: see `organisation.errors`.
        """
        query = {"$select": "id", "$top": str(PAGE_SIZE)}
        members = self._list(f"groups/{group_id}/transitiveMembers", query, GraphObject)
        return frozenset(member.id for member in members)

    def _list(self, path: str, query: Mapping[str, str], kind: type[Answer]) -> list[Answer]:
        url = f"{self._settings.base_url}/{path}?{urlencode(query)}"
        try:
            rows = list(self._rows(url))
        except _PageExpiredError:
            try:
                rows = list(self._rows(url))
            except _PageExpiredError as exc:
                raise GraphAnswerError("the links between its pages expire too soon") from exc
        try:
            return [kind.model_validate(row) for row in rows]
        except ValidationError as exc:
            raise GraphAnswerError(f"a row of {path.split('/')[0]} has not the documented form") from exc

    def _rows(self, url: str) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        following: str | None = url
        while following is not None:
            if following in seen or len(seen) >= MAX_PAGES:
                raise GraphAnswerError("its pages have no end")
            seen.add(following)
            page = self._page(following)
            yield from page.value
            following = page.next_link

    def _page(self, url: str) -> _Page:
        # The token goes with every request, so a link in an answer may not choose who gets it.
        require_same_origin(url, self._base, "a link to a page")
        token = self._sign_in.token()
        response = send(self._http, "GET", url, headers={"Authorization": f"Bearer {token}"})
        if response.status_code in (400, 410) and _error_code(response) == _EXPIRED_PAGE:
            raise _PageExpiredError
        if response.is_client_error:
            raise GraphRefusedError(response.status_code)
        if response.status_code != httpx.codes.OK:
            raise GraphAnswerError(f"it answers with status {response.status_code}")
        try:
            return _Page.model_validate_json(response.content)
        except ValidationError as exc:
            raise GraphAnswerError("a page has not the documented form") from exc


def _error_code(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return ""
