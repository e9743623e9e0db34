"""The table of rights as people read it, for `docs/rights.md`."""

from pathlib import Path

import yaml

from cases.policy import Relation, Right, grants_of


def rights_table() -> str:
    """The table in Markdown: a row for each relation, a column for each right."""
    names = yaml.safe_load(Path(__file__).with_name("rights.yml").read_text("utf-8"))
    head = ["Relation", *(names["right_names"][right.value] for right in Right)]
    head += ["also on a sensitive case", "also if the case is about them"]
    rows = [head, ["---"] * len(head)]
    for relation in Relation:
        grant = grants_of()[relation]
        cells = ["yes" if right in grant.may else "" for right in Right]
        flags = ["yes" if holds else "no" for holds in (grant.on_sensitive, not grant.charge)]
        rows.append([names["relation_names"][relation.value], *cells, *flags])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
