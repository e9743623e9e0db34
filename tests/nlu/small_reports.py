"""A dozen labelled reports, on which every model learns in a moment."""

from __future__ import annotations

TEXTS = [
    "Jeg falt på glatta utenfor skolen",
    "En beboer slo meg i ansiktet",
    "Eg fall på isen ved skulen",
    "Hun fikk feil medisin i går",
    "Medisinskapet sto ulåst hele natta",
    "Feil dose vart gitt til pasienten",
    "Det ble sendt brev til feil person",
    "En e-post med helseopplysninger gikk til feil mottaker",
    "Noen har snoket i journalen",
    "Olje renner ut i bekken bak verkstedet",
    "Det ligger malingsrester i elva",
    "Avfall er dumpet i skogen",
]
ROWS = [
    {"category": category, "subtype": subtype, "severity": severity, "kind": kind}
    for category, subtype, severity, kind in [
        ("hms", "fall", "middels", "deviation"),
        ("hms", "vold", "hoy", "deviation"),
        ("hms", "fall", "lav", "improvement"),
        ("tjeneste", "legemiddel", "hoy", "deviation"),
        ("tjeneste", "rutine", "middels", "deviation"),
        ("tjeneste", "legemiddel", "hoy", "deviation"),
        ("personvern", "feilsendt", "middels", "deviation"),
        ("personvern", "feilsendt", "hoy", "deviation"),
        ("personvern", "rutine", "hoy", "deviation"),
        ("miljo", "utslipp", "hoy", "deviation"),
        ("miljo", "utslipp", "middels", "deviation"),
        ("miljo", "avfall", "lav", "improvement"),
    ]
]
CATEGORIES = {row["category"] for row in ROWS}
# Four labels and two.
BY_CATEGORY = [row["category"] for row in ROWS]
BY_KIND = [row["kind"] for row in ROWS]
