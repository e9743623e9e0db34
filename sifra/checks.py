"""What `sifra doctor` looks at: the environments, the settings, the machine and what set-up has made.

Each check is a function from the stack to one `Check` or several. A check may raise: `sifra.doctor` makes
a ✗ of it.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from sifra.settings import Stack

LOW_DISK_BYTES = 1_000_000_000
_ASK_INTERPRETER = """
import json, sys
from importlib.metadata import distributions
packages = {each.metadata["Name"]: each.version for each in distributions()}
print(json.dumps({"version": "%d.%d" % sys.version_info[:2], "packages": packages}))
"""


class State(Enum):
    """How a check ended; a note needs nobody to act."""

    OK = "ok"
    MISSING = "missing"
    NOTE = "note"


@dataclass(frozen=True)
class Check:
    """One line of the table: what was looked at, what was seen, how to mend it."""

    name: str
    state: State
    detail: str
    remedy: str = ""


def environments(stack: Stack) -> Iterable[Check]:
    """Both interpreters have the right version and the pinned packages."""
    requirements = stack.root / "requirements"
    yield _environment("Application environment", stack.python, "3.11", requirements / "services.txt")
    yield _environment("Rasa environment", stack.rasa_python, "3.10", requirements / "rasa.txt")


def _environment(name: str, python: Path, version: str, requirements: Path) -> Check:
    remedy = "make setup"
    if not python.exists():
        return Check(name, State.MISSING, f"{python} does not exist", remedy)
    answer = subprocess.run([python, "-c", _ASK_INTERPRETER], capture_output=True, text=True, check=True)
    found = json.loads(answer.stdout)
    if found["version"] != version:
        detail = f"Python {found['version']} instead of {version}"
        return Check(name, State.MISSING, detail, f"remove {python.parent.parent} and run `make setup`")
    wrong = differing_packages(requirements.read_text(encoding="utf-8"), found["packages"])
    if wrong:
        shown = ", ".join(wrong[:5]) + (" …" if len(wrong) > 5 else "")
        return Check(name, State.MISSING, f"not as in {requirements.name}: {shown}", remedy)
    return Check(name, State.OK, f"Python {version}, packages as in {requirements.name}")


def differing_packages(requirements: str, installed: dict[str, str]) -> list[str]:
    """List the pins of a requirements file that are not installed like that.

    A local version label such as `+cpu` is another build of the same version and counts as the same.
    """
    have = {_canonical(name): version.partition("+")[0] for name, version in installed.items()}
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;+]+)", requirements, flags=re.MULTILINE)
    return [f"{name}=={version}" for name, version in pins if have.get(_canonical(name)) != version]


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def secrets(stack: Stack) -> Iterable[Check]:
    """`.env` is private and the secrets are there."""
    file = stack.root / ".env"
    missing = stack.missing_secrets()
    if missing:
        remedy = f"set them in {file}, or run `sifra setup` on a machine for development"
        yield Check("Secrets", State.MISSING, f"no value for {', '.join(missing)}", remedy)
    else:
        yield Check("Secrets", State.OK, "all set")
    if file.exists() and file.stat().st_mode & 0o077:
        yield Check(".env", State.MISSING, "others on this machine can read it", f"chmod 600 {file}")


def ports(stack: Stack) -> Iterable[Check]:
    """Each port is free, or held by our own healthy process."""
    from sifra.services import is_running_healthily, port_holder, port_is_free, stack_services

    for service in stack_services(stack):
        name = f"Port {service.port} ({service.name})"
        if port_is_free(service.host, service.port):
            yield Check(name, State.OK, "free")
        elif is_running_healthily(service):
            yield Check(name, State.OK, "Sifra is running and ready")
        else:
            remedy = f"stop it, or set {service.port_setting}"
            yield Check(name, State.MISSING, f"held by {port_holder(service.port)}", remedy)


def dialogue_model(stack: Stack) -> Iterable[Check]:
    """The dialogue model exists and was trained on what is there now."""
    from sifra.progress import Display
    from sifra.setup_steps import dialogue_step
    from sifra.step_runner import StepRunner

    if not stack.model.exists():
        yield Check("Dialogue model", State.MISSING, f"{stack.model} does not exist", "sifra train")
    elif not StepRunner(stack, Display()).is_current(dialogue_step(stack)):
        yield Check(
            "Dialogue model", State.MISSING, "its inputs have changed since the training", "sifra train"
        )
    else:
        yield Check("Dialogue model", State.OK, "trained on the present inputs")


def encoder(stack: Stack) -> Iterable[Check]:
    """The sentence encoder loads and encodes, and the index is whole and was built with it."""
    from knowledge.errors import EncoderUnavailableError, KnowledgeError
    from knowledge.index_files import current_version_dir
    from knowledge.sentence_transformer_encoder import load_encoder
    from knowledge.snapshot import open_with_manifest

    mend = "sifra train-encoder" if stack.trains_encoder else "check SIFRA_ENCODER"
    try:
        loaded = load_encoder(stack.encoder)
    except EncoderUnavailableError as exc:
        yield Check("Encoder", State.MISSING, str(exc), mend)
        return
    loaded.encode_query(["Hvor finner jeg rutinen?"])
    yield Check("Encoder", State.OK, f"{loaded.name}, {loaded.dimension} dimensions")
    try:
        manifest = open_with_manifest(current_version_dir(stack.index_dir), loaded)[1]
    except KnowledgeError as exc:
        yield Check("Index", State.MISSING, str(exc), "sifra index build")
        return
    yield Check("Index", State.OK, f"{len(manifest.documents)} documents, {manifest.chunk_count} passages")


def database(stack: Stack) -> Iterable[Check]:
    """The database answers, has the newest schema and knows people."""
    from sqlalchemy import func, select
    from sqlalchemy.exc import SQLAlchemyError

    from database.engine import make_engine, reading, session_factory
    from database.migrate import current_revision, head_revision
    from organisation.tables import PersonRow

    try:
        current, head = current_revision(stack.database_url), head_revision()
    except SQLAlchemyError as exc:
        detail = f"not reachable ({type(exc).__name__})"
        yield Check("Database", State.MISSING, detail, "check SIFRA_DATABASE_URL and that the server runs")
        return
    if current != head:
        yield Check("Database", State.MISSING, f"revision {current} instead of {head}", "sifra db upgrade")
        return
    yield Check("Database", State.OK, f"revision {head}")
    engine = make_engine(stack.database_url)
    with reading(session_factory(engine)) as session:
        people = session.scalar(select(func.count()).select_from(PersonRow)) or 0
    engine.dispose()
    if people:
        yield Check("People", State.OK, f"{people} in the database")
    else:
        yield Check(
            "People", State.MISSING, "none in the database", "import them, or `sifra db seed` for a sample"
        )


def disk(stack: Stack) -> Iterable[Check]:
    """There is room for models, logs and the database."""
    existing = next(path for path in (stack.var_dir, *stack.var_dir.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{free / 1e9:.1f} GB free at {stack.var_dir}"
    if free < LOW_DISK_BYTES:
        yield Check("Disk", State.MISSING, detail, f"free at least {LOW_DISK_BYTES / 1e9:g} GB")
    else:
        yield Check("Disk", State.OK, detail)


def chromium(_stack: Stack) -> Iterable[Check]:
    """A browser is there for the end-to-end tests; nothing else needs one."""
    from sifra.browser import find_chromium

    found = find_chromium()
    yield Check("Chromium", State.NOTE, str(found) if found else "none; `make test-e2e` installs one")


CHECKS: tuple[tuple[str, Callable[[Stack], Iterable[Check]]], ...] = (
    ("Environments", environments),
    ("Secrets", secrets),
    ("Ports", ports),
    ("Dialogue model", dialogue_model),
    ("Encoder and index", encoder),
    ("Database", database),
    ("Disk", disk),
    ("Chromium", chromium),
)
