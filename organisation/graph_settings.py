"""Settings of the import from Microsoft Graph, from the environment or `.env`."""

from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from organisation.model import Role


def _https(url: str) -> str:
    if not url.startswith("https://"):
        raise ValueError("must begin with https://")
    return url.rstrip("/")


def _one_tenant(tenant: str) -> str:
    # An application without a user must say which directory it means.
    if tenant.lower() in {"common", "organizations", "consumers"}:
        raise ValueError("must be one tenant")
    return tenant


HttpsUrl = Annotated[str, AfterValidator(_https)]
Tenant = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$"), AfterValidator(_one_tenant)]


class GraphSettings(BaseSettings):
    """See docs/organisation.md.

    Attributes:
        tenant_id: the directory, its id or domain.
        certificate_path: PEM with the private key and the certificate.
        groups: which role the members of a group have, groups within it included. Who is in several has the
            role of the one that stands first. Without a group for leaders, whoever is a manager is one.
        departments: CSV with the columns `department` and `unit_id`.
        employee_key: the field that holds our employee id.
    """

    model_config = SettingsConfigDict(env_prefix="SIFRA_GRAPH_", extra="ignore", env_ignore_empty=True)

    tenant_id: Tenant
    client_id: UUID
    client_secret: SecretStr | None = None
    certificate_path: Path | None = None
    authority: HttpsUrl = "https://login.microsoftonline.com"
    base_url: HttpsUrl = "https://graph.microsoft.com/v1.0"
    groups: dict[UUID, Role] = {}
    departments: Path
    employee_key: Literal["employeeId", "id"] = "employeeId"

    @model_validator(mode="after")
    def _one_credential(self) -> "GraphSettings":
        if (self.client_secret is None) == (self.certificate_path is None):
            raise ValueError("set either SIFRA_GRAPH_CLIENT_SECRET or SIFRA_GRAPH_CERTIFICATE_PATH")
        return self
