"""The CRF: tags and spans, learning from a few sentences, and files that would crash the library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nlu.core.entity_tagger import MAX_TOKENS, EntityTagger, Span, bio_tags, shape_of, token_features
from nlu.core.errors import ModelFileError
from nlu.core.tokens import NorwegianTokenizer

ROOT = Path(__file__).resolve().parents[2]
SENTENCES = [
    ("Jeg falt på Solbakken skole i går", [("place", "Solbakken skole"), ("time", "i går")]),
    ("Det skjedde på Furulia sykehjem", [("place", "Furulia sykehjem")]),
    ("Han skled på Fjordvik skole i natt", [("place", "Fjordvik skole"), ("time", "i natt")]),
    ("Det lekker på Bølgen svømmehall", [("place", "Bølgen svømmehall")]),
    ("Alt er bra her hos oss", []),
    ("Kan du hjelpe meg med en rutine", []),
]


def spans_of(text: str, marks: list[tuple[str, str]]) -> list[Span]:
    return [Span(text.index(value), text.index(value) + len(value), label) for label, value in marks]


@pytest.fixture(scope="module")
def tagger(tokenize: NorwegianTokenizer, tmp_path_factory: pytest.TempPathFactory) -> EntityTagger:
    rows = [(tokenize(text), spans_of(text, marks)) for text, marks in SENTENCES]
    return EntityTagger.train(rows, tmp_path_factory.mktemp("crf") / "model.crfsuite")


@pytest.mark.parametrize(("text", "marks"), SENTENCES)
def test_tags_round_trip_to_the_same_spans(tokenize: NorwegianTokenizer, text, marks) -> None:
    tokens = tokenize(text)
    tags = bio_tags(tokens, spans_of(text, marks))
    assert len(tags) == len(tokens)
    rebuilt: list[list[str]] = []
    for token, tag in zip(tokens, tags, strict=True):
        if tag.startswith("B-"):
            rebuilt.append([tag[2:], token.text])
        elif tag.startswith("I-"):
            rebuilt[-1][1] += " " + token.text
    assert [tuple(pair) for pair in rebuilt] == marks


def test_neighbouring_spans_of_one_label_stay_two(tokenize: NorwegianTokenizer) -> None:
    tokens = tokenize("rom 12 Solbakken")
    assert bio_tags(tokens, [Span(0, 6, "place"), Span(7, 16, "place")]) == ["B-place", "I-place", "B-place"]


def test_a_span_over_half_a_word_takes_the_word(tokenize: NorwegianTokenizer) -> None:
    assert bio_tags(tokenize("skolegården var glatt"), [Span(0, 5, "place")]) == ["B-place", "O", "O"]


def test_a_span_that_meets_no_token_is_ignored(tokenize: NorwegianTokenizer) -> None:
    assert bio_tags(tokenize("ja  nei"), [Span(2, 4, "place"), Span(90, 95, "place")]) == ["O", "O"]


def test_features_look_two_tokens_around_and_mark_the_edges(tokenize: NorwegianTokenizer) -> None:
    rows = token_features(tokenize("Jeg falt på Solbakken"))
    assert {"w=jeg", "1w=falt", "2w=på", "-1edge", "-2edge", "shape=Xx"} <= set(rows[0])
    assert {"w=solbakken", "-1w=på", "-2w=falt", "1edge"} <= set(rows[3])


@pytest.mark.parametrize(
    ("word", "shape"),
    [("Åse", "Xx"), ("NAV", "X"), ("2026-00042", "9-9"), ("7B", "9X"), ("", ""), ("🔥", "🔥")],
)
def test_shape_folds_repeats(word: str, shape: str) -> None:
    assert shape_of(word) == shape


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Hun falt på Solbakken skole", "Solbakken skole"),
        ("  Vi skled på  Furulia sykehjem, au!", "Furulia sykehjem"),
        ("🔥 Det skjedde på Bølgen svømmehall", "Bølgen svømmehall"),
        ("Det lekker på Bo\u0308lgen svo\u0308mmehall", "Bo\u0308lgen svo\u0308mmehall"),
    ],
)
def test_a_place_is_found_with_its_exact_offsets(tagger, tokenize, text: str, place: str) -> None:
    spans = tagger(text, tokenize(text))
    assert [(text[span.start : span.end], span.label) for span in spans if span.label == "place"] == [
        (place, "place")
    ]
    assert all(0.0 < span.confidence <= 1.0 for span in spans)


def test_two_labels_in_one_message(tagger: EntityTagger, tokenize: NorwegianTokenizer) -> None:
    text = "Jeg falt på Furulia sykehjem i går"
    assert [(text[s.start : s.end], s.label) for s in tagger(text, tokenize(text))] == [
        ("Furulia sykehjem", "place"),
        ("i går", "time"),
    ]


class FixedTags:
    """Stands for CRFsuite: the tags that a test wants, each with its own certainty."""

    def __init__(self, tags: list[str]) -> None:
        self.tags = tags

    def tag(self, rows: list[list[str]]) -> list[str]:
        return self.tags[: len(rows)]

    def marginal(self, tag: str, position: int) -> float:
        return 0.9 - position / 10


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("B-place I-place O O", [("a b", "place", 0.8)]),
        ("B-place B-place O O", [("a", "place", 0.9), ("b", "place", 0.8)]),
        ("B-place I-time I-time O", [("a", "place", 0.9), ("b c", "time", 0.7)]),
        ("O I-place O I-place", [("b", "place", 0.8), ("d", "place", 0.6)]),
        ("B-place O I-place I-place", [("a", "place", 0.9), ("c d", "place", 0.6)]),
        ("O O O O", []),
    ],
)
def test_tags_become_spans_with_the_least_certainty(
    tagger, tokenize, monkeypatch, tags: str, expected
) -> None:
    monkeypatch.setattr(tagger, "_tagger", FixedTags(tags.split()))
    text = "a b c d"
    spans = tagger(text, tokenize(text))
    assert [(text[s.start : s.end], s.label, round(s.confidence, 6)) for s in spans] == expected


def test_an_empty_message_has_no_spans(tagger: EntityTagger) -> None:
    assert tagger("", []) == []


def test_a_huge_message_is_read_to_the_limit(tagger: EntityTagger, tokenize: NorwegianTokenizer) -> None:
    text = "bra " * MAX_TOKENS + "Jeg falt på Solbakken skole"
    assert [span for span in tagger(text, tokenize(text)) if text[span.start] == "S"] == []


def test_the_model_after_opening_anew_says_the_same(tokenize: NorwegianTokenizer, tmp_path: Path) -> None:
    rows = [(tokenize(text), spans_of(text, marks)) for text, marks in SENTENCES]
    trained = EntityTagger.train([*rows, ([], [])], tmp_path / "model")
    text = "Hun falt på Solbakken skole i natt"
    spans = trained(text, tokenize(text))
    assert spans
    assert EntityTagger(tmp_path / "model")(text, tokenize(text)) == spans


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="nowhere"):
        EntityTagger(tmp_path / "nowhere")


@pytest.mark.parametrize("content", [b"", b"lC", b"lCRF", b"not a model at all", b"PK\x03\x04" * 100])
def test_another_file_is_an_error_and_not_a_crash(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="model"):
        EntityTagger(path)


def test_a_cut_off_model_is_an_error_and_not_a_crash(tokenize: NorwegianTokenizer, tmp_path: Path) -> None:
    """In a process of its own: CRFsuite ends the whole process on such a file."""
    rows = [(tokenize(text), spans_of(text, marks)) for text, marks in SENTENCES]
    EntityTagger.train(rows, tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()
    (tmp_path / "cut").write_bytes(whole[:100])
    (tmp_path / "half").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "longer").write_bytes(whole + b"x")
    program = (
        "import sys\nfrom pathlib import Path\nfrom nlu.core.entity_tagger import EntityTagger\n"
        "from nlu.core.errors import ModelFileError\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n        EntityTagger(Path(name))('x', [])\n        print('opened')\n"
        "    except ModelFileError:\n        print('refused')\n"
    )
    files = [str(tmp_path / name) for name in ("whole", "cut", "half", "longer")]
    done = subprocess.run(
        [sys.executable, "-c", program, *files], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, ["opened", "refused", "refused", "refused"])
