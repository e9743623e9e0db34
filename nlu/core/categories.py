"""The labels of a report: five categories, each with sub-types of its own.

The case register has the same in `cases/categories.py`; a contract test holds the two together.
"""

from __future__ import annotations

KINDS = ("deviation", "improvement")
# An id belongs to one category only.
SUBTYPES: dict[str, tuple[str, ...]] = {
    "hms": (
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
    "tjeneste": (
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
    "ytre_miljo": (
        "forsopling",
        "utslipp",
        "avfall",
        "vann_avlop",
        "stoy_luft",
        "farlig_avfall",
        "natur_dyr",
    ),
    "organisasjon": (
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
    "informasjonssikkerhet": (
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
