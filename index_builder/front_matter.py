"""What the owner says about a document: front matter, a file beside it, and defaults for a folder."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import yaml
from frontmatter.default_handlers import YAMLHandler
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from index_builder.errors import DocumentError
from index_builder.text_cleaning import clean, decode

SIDECAR_SUFFIX = ".yml"
FOLDER_DEFAULTS_FILE = "source.yml"
FOLDER_KEYS = frozenset({"source", "shared_by", "licence", "access", "owner", "unit", "language"})

_LANGUAGES = {"no": "nb", "nob": "nb", "nb-no": "nb", "no-no": "nb", "nno": "nn", "nn-no": "nn"}

# The same in C, ten times as fast, where PyYAML was built with it.
_YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Metadata = dict[str, object]


def _as_list(value: object) -> object:
    """Take one word, or words with commas between, for a list."""
    return [part for word in value.split(",") if (part := word.strip())] if isinstance(value, str) else value


def _as_text(value: object) -> object:
    """Take a date for the text that it was before YAML read it, as in `version: 2026-01-01`."""
    return value.isoformat() if isinstance(value, date) else value


def _as_one(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _checked_access(groups: tuple[str, ...]) -> tuple[str, ...]:
    if not groups:
        raise ValueError("names nobody; write public, employees, or ids of units")
    if "public" in groups and len(groups) > 1:
        raise ValueError("public cannot stand beside others")
    return groups


Text = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]
OptionalText = Annotated[str, BeforeValidator(_as_text)]
Words = Annotated[tuple[Text, ...], BeforeValidator(_as_list)]
Access = Annotated[Words, AfterValidator(_checked_access)]
Language = Annotated[str, AfterValidator(lambda code: _LANGUAGES.get(code.casefold(), code.casefold()))]


class FrontMatter(BaseModel):
    """All that can be said about a document. Unknown keys are ignored, and so are keys without a value."""

    model_config = ConfigDict(coerce_numbers_to_str=True, str_strip_whitespace=True)

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]  # it goes into addresses
    title: Text
    owner: OptionalText = ""
    version: OptionalText = ""
    valid_from: date | None = None
    withdrawn: date | None = None
    review_by: date | None = None
    language: Language
    categories: Words = ()
    tags: Words = ()
    unit: OptionalText = ""
    access: Access = ()
    source: Literal["local", "shared"] = "local"
    shared_by: OptionalText | None = None
    licence: OptionalText | None = None
    example_questions: Annotated[tuple[Text, ...], BeforeValidator(_as_one)] = ()


def checked(metadata: Metadata) -> FrontMatter:
    """Check what was gathered about a document.

    Raises:
        DocumentError: a value is missing or wrong; the sentence names each.
    """
    try:
        return FrontMatter.model_validate(metadata)
    except ValidationError as exc:
        raise DocumentError(_reason(exc)) from exc


def split_front_matter(text: str) -> tuple[Metadata, str]:
    """Part a text from the YAML above it.

    Returns:
        The keys that have a value, strings clean; and the text. A block between two lines of `---` that holds
        no keys is text, as Markdown takes it for a rule or a heading.
    Raises:
        DocumentError: the block is not valid YAML, or holds a list.
    """
    handler = YAMLHandler()
    if not handler.detect(text):
        return {}, text
    try:
        block, content = handler.split(text)
    except ValueError:  # it is not closed, so the line is a rule
        return {}, text
    loaded = _load_yaml(block, "front matter")
    return ({}, text) if isinstance(loaded, str) else (_with_values(loaded, "front matter"), content)


def read_sidecar(path: Path) -> Metadata:
    """Read the file beside a document that says what front matter would; {} when there is none.

    Raises:
        DocumentError: it cannot be read or is no YAML mapping.
    """
    return _read_yaml(path.with_name(path.name + SIDECAR_SUFFIX))


def read_folder_defaults(folder: Path) -> Metadata:
    """Read what a folder's `source.yml` says about every document below; {} when there is none.

    Raises:
        DocumentError: it cannot be read, is no YAML mapping, or has a key that cannot hold for a folder. A
            misspelt `access` must not open a folder to everyone.
    """
    defaults = _read_yaml(folder / FOLDER_DEFAULTS_FILE)
    unknown = sorted(str(key) for key in defaults.keys() - FOLDER_KEYS)
    if unknown:
        raise DocumentError(f"{FOLDER_DEFAULTS_FILE} has unknown keys: {', '.join(unknown)}")
    return defaults


def _read_yaml(path: Path) -> Metadata:
    try:
        text = decode(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as exc:
        raise DocumentError(f"{path.name} cannot be read") from exc
    return _with_values(_load_yaml(text, path.name), path.name)


def _load_yaml(text: str, name: str) -> object:
    try:
        return yaml.load(text, Loader=_YAML_LOADER)  # noqa: S506  both are safe loaders
    except (yaml.YAMLError, ValueError, RecursionError) as exc:  # ValueError: the 31st of February
        raise DocumentError(f"{name} is not valid YAML") from exc


def _with_values(loaded: object, name: str) -> Metadata:
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise DocumentError(f"{name} is not a list of keys with values")
    return {str(key): _cleaned(value) for key, value in loaded.items() if value is not None}


def _cleaned(value: object) -> object:
    """Clean strings and lists of strings; what is nested deeper fits no field."""
    if isinstance(value, list):
        return [clean(item) if isinstance(item, str) else item for item in value]
    return clean(value) if isinstance(value, str) else value


def _reason(error: ValidationError) -> str:
    """Say in one line what is wrong with the front matter."""
    problems = []
    for problem in error.errors():
        field = ".".join(str(step) for step in problem["loc"])
        text = "is missing" if problem["type"] == "missing" else f"is wrong: {problem['msg']}"
        problems.append(f"{field} {text}")
    return "front matter: " + "; ".join(problems)
