"""The four processes of the stack: commands, environments, and how to ask whether they are well."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]

from sifra.errors import PortTakenError
from sifra.settings import Stack

PROBE_TIMEOUT_S = 2.0

# Our components hardly use TensorFlow, so one thread is enough and a GPU would not help. Requests to the
# action server carry the whole conversation and shrink well.
RASA_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "TF_INTRA_OP_PARALLELISM_THREADS": "1",
    "TF_INTER_OP_PARALLELISM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "TICKET_LOCK_LIFETIME": "60",
    "COMPRESS_ACTION_SERVER_REQUEST": "true",
    "LOG_LEVEL": "WARNING",
    "PYTHONWARNINGS": "ignore",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}


@dataclass(frozen=True)
class Service:
    """One process to keep running.

    Attributes:
        name: the short name, also that of its log.
        title: what it is, in words.
        port_setting: the environment variable that chooses the port.
        probe_url: answers 200 when the process is ready.
        expected: what the probe's JSON answer must hold.
    """

    name: str
    title: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    host: str
    port: int
    port_setting: str
    probe_url: str
    probe_headers: Mapping[str, str] = field(default_factory=dict)
    expected: Mapping[str, object] = field(default_factory=dict)

    def is_ready(self, response: httpx.Response) -> bool:
        """Judge an answer to the probe."""
        if response.status_code != httpx.codes.OK:
            return False
        if not self.expected:
            return True
        try:
            answer = response.json()
        except ValueError:
            return False
        return isinstance(answer, dict) and self.expected.items() <= answer.items()


def rasa_environment(stack: Stack) -> dict[str, str]:
    """Build the environment of everything that runs in the Rasa environment."""
    values = {
        **RASA_ENVIRONMENT,
        **stack.environment(),
        "PYTHONPATH": str(stack.root),
        "SIFRA_ACTIONS_URL": f"http://127.0.0.1:{stack.settings.actions_port}/webhook",
        "SIFRA_TRACKER_DB": str(stack.tracker_db),
    }
    # Rasa needs none of these secrets, so they are blanked, wherever they came from.
    values |= {"SIFRA_SESSION_SECRET": "", "SIFRA_ORIGIN_KEY": ""}
    return values


def stack_services(stack: Stack) -> list[Service]:
    """Describe the processes, the gateway last: it is stopped first, so that no new turn begins."""
    settings = stack.settings
    python = str(stack.python)
    token = settings.rasa_token.get_secret_value() if settings.rasa_token else ""
    rasa = Service(
        name="rasa", title="language understanding",
        command=(str(stack.rasa_python), "-m", "nlu.server", "run",
                 "--model", str(stack.model), "--port", str(settings.rasa_port)),
        environment=rasa_environment(stack), folder=stack.root, log=stack.log_dir / "rasa.log",
        host="127.0.0.1", port=settings.rasa_port, port_setting="SIFRA_RASA_PORT",
        probe_url=f"http://127.0.0.1:{settings.rasa_port}/webhooks/gateway/health",
        probe_headers={"X-Sifra-Token": token},
        # Rasa serves any older model when the named one is missing, hence the name.
        expected={"ready": True, "model": stack.model.name},
    )  # fmt: skip
    actions = Service(
        name="actions", title="actions and search",
        command=(python, "-m", "bot.actions.server"),
        environment=stack.environment(), folder=stack.root, log=stack.log_dir / "actions.log",
        host="127.0.0.1", port=settings.actions_port, port_setting="SIFRA_ACTIONS_PORT",
        probe_url=f"http://127.0.0.1:{settings.actions_port}/health",
    )  # fmt: skip
    clerk = Service(
        name="clerk", title="reminders and trends",
        command=(python, "-m", "cases.clerk_server"),
        environment=stack.environment(), folder=stack.root, log=stack.log_dir / "clerk.log",
        host="127.0.0.1", port=settings.clerk_port, port_setting="SIFRA_CLERK_PORT",
        probe_url=f"http://127.0.0.1:{settings.clerk_port}/health",
    )  # fmt: skip
    gateway = Service(
        name="gateway", title="gateway",
        command=(python, "-m", "connectors.server"),
        environment=stack.environment(), folder=stack.root, log=stack.log_dir / "gateway.log",
        host=settings.host, port=settings.gateway_port, port_setting="SIFRA_GATEWAY_PORT",
        probe_url=f"{gateway_address(stack)}ready",
    )  # fmt: skip
    return [rasa, actions, clerk, gateway]


def gateway_address(stack: Stack) -> str:
    """Give the address at which this machine reaches the gateway, with a closing slash."""
    host = stack.settings.host
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 (compared, not bound)
        host = "127.0.0.1"
    if ":" in host:
        host = f"[{host}]"
    return f"http://{host}:{stack.settings.gateway_port}/"


def port_is_free(host: str, port: int) -> bool:
    """Try to bind a port the way our processes will."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as candidate:
        # Connections of the previous run that are still closing do not count.
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((host, port))
        except OSError:
            return False
    return True


def port_holder(port: int) -> str:
    """Name the process that listens on a port, as far as we may see it."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        pass
    return "another process"


def is_running_healthily(service: Service) -> bool:
    """Ask a service that may already be running whether it is ready."""
    try:
        response = httpx.get(
            service.probe_url, headers=dict(service.probe_headers), timeout=PROBE_TIMEOUT_S, trust_env=False
        )
    except httpx.HTTPError:
        return False
    return service.is_ready(response)


def require_free_ports(services: list[Service]) -> None:
    """Stop with a sentence when a port is held, before anything is started.

    Raises:
        PortTakenError: names the port, its holder and the setting to change.
    """
    for service in services:
        if port_is_free(service.host, service.port):
            continue
        if is_running_healthily(service):
            raise PortTakenError(
                f"Sifra seems to be running already: its {service.name} answers on port {service.port}."
                f" Stop that one first, or set {service.port_setting} to another port."
            )
        raise PortTakenError(
            f"Port {service.port}, which the {service.name} needs, is held by {port_holder(service.port)}."
            f" Stop it, or set {service.port_setting} to another port."
        )
