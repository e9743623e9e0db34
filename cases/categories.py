"""The fixed vocabulary of a case. Ids are the municipality's; their labels are in `labels.yml`."""

from enum import StrEnum


class Kind(StrEnum):
    """Something went wrong, or something could be better."""

    DEVIATION = "deviation"
    IMPROVEMENT = "improvement"


class Category(StrEnum):
    """What is harmed or at risk; a case has exactly one."""

    HMS = "hms"
    TJENESTE = "tjeneste"
    YTRE_MILJO = "ytre_miljo"
    ORGANISASJON = "organisasjon"
    INFORMASJONSSIKKERHET = "informasjonssikkerhet"


class Severity(StrEnum):
    """The consequence as told, mildest first."""

    LAV = "lav"
    MIDDELS = "middels"
    HOY = "hoy"
    KRITISK = "kritisk"


class Likelihood(StrEnum):
    """How often the like may be expected, rarest first; a handler's judgement."""

    SJELDEN = "sjelden"
    MULIG = "mulig"
    SANNSYNLIG = "sannsynlig"
    HYPPIG = "hyppig"


class Risk(StrEnum):
    """Consequence and likelihood together, as the colours of a risk matrix."""

    GRONN = "gronn"
    GUL = "gul"
    ROD = "rod"


class Status(StrEnum):
    """Where a case stands; the last two are its ends."""

    NY = "ny"
    UNDER_BEHANDLING = "under_behandling"
    TILTAK = "tiltak"
    LUKKET = "lukket"
    AVVIST = "avvist"


OPEN_STATUSES = frozenset({Status.NY, Status.UNDER_BEHANDLING, Status.TILTAK})

# The product of the two ranks (1 to 4) from which a colour begins. The four corners of the matrix decided
# them: what is critical is never green, what is a mere nuisance never red.
_YELLOW_FROM, _RED_FROM = 4, 8


def risk_of(severity: Severity, likelihood: Likelihood | None) -> Risk | None:
    """The colour in the risk matrix; None until somebody has judged the likelihood."""
    if likelihood is None:
        return None
    product = (list(Severity).index(severity) + 1) * (list(Likelihood).index(likelihood) + 1)
    if product >= _RED_FROM:
        return Risk.ROD
    return Risk.GUL if product >= _YELLOW_FROM else Risk.GRONN


# An id belongs to one category only.
SUBTYPES: dict[Category, tuple[str, ...]] = {
    Category.HMS: (
        "vold_trusler",
        "personskade",
        "ergonomi",
        "stoffer_smitte",
        "inneklima_bygg",
        "brann_el",
        "arbeidspress",
        "konflikt_trakassering",
        "kjoretoy_maskin",
    ),
    Category.TJENESTE: (
        "legemiddel",
        "fall_skade_bruker",
        "manglende_tjeneste",
        "bemanning",
        "undervisning",
        "behandling_pleie",
        "medisinsk_utstyr",
        "kommunikasjon_parorende",
        "ernaering",
    ),
    Category.YTRE_MILJO: (
        "forsopling",
        "utslipp",
        "avfall",
        "vann_avlop",
        "stoy_luft",
        "farlig_avfall",
        "natur_dyr",
    ),
    Category.ORGANISASJON: (
        "okonomi",
        "innkjop",
        "saksbehandling",
        "frister",
        "opplaering_kompetanse",
        "rutine_mangler",
        "arkiv",
        "lonn_personal",
        "habilitet",
    ),
    Category.INFORMASJONSSIKKERHET: (
        "feilsendt",
        "uautorisert_tilgang",
        "tapt_utstyr",
        "innsyn_snoking",
        "passord_phishing",
        "manglende_tilgang_system",
        "publisert_feil",
        "manglende_avtale",
    ),
}
