"""A little training data, written as the project's own is."""

import json
from collections.abc import Mapping
from pathlib import Path

THINGS = ("nøkkelen", "bilen", "heisen", "maten", "posten", "hunden")
TOWN = "storvatn"


def write_rows(path: Path, *rows: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def write_training_data(data_dir: Path) -> Path:
    topics: list[dict[str, object]] = [
        {
            "topic": f"Om {thing}",
            "passage": f"Ta vare på {thing}. Meld fra om {thing} er borte.",
            "language": "nb",
            "questions": [{"q": f"Hvor er {thing}?", "style": "direct"}, {"q": f"Jeg finner ikke {thing}"}],
            "terms": [thing, f"hvor {thing}", f"miste {thing}"],
        }
        for thing in THINGS
    ]
    write_rows(data_dir / "routine_pairs" / "a.jsonl", *topics)
    town = data_dir / "training_routines" / TOWN
    for number, thing in enumerate(THINGS):
        path = town / "routines" / f"R{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"---\nid: R{number}\ntitle: Rutine for {thing}\nexample_questions: [Hemmelig spørsmål?]\n---\n"
            f"## Formål\nOrden og oversikt.\n## Slik\n"
            f"Let etter {thing} først. Ring vakta om {thing} mangler.\n",
            encoding="utf-8",
        )
    write_rows(
        town / "questions.jsonl",
        *(
            {"question": f"Hva om {t} mangler?", "doc": f"R{i}", "section": "Slik"}
            for i, t in enumerate(THINGS)
        ),
    )
    off_topic = ("Hvem vant kampen?", "Fortell en vits", "Blir det regn?", "Hva heter kongen?")
    write_rows(data_dir / "off_topic.jsonl", *({"question": q, "style": "x"} for q in off_topic))
    return data_dir
