"""Who finds what, and in which order: a real index, and an encoder that knows words only."""

import logging
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from search_fakes import BagOfWordsEncoder

from index_builder import build as build_module
from index_builder.build import build_index
from knowledge import search as search_module
from knowledge.ranking import RANKING_ADAPTER, RANKING_FILE, Ranking
from knowledge.reader import ANYONE, Reader
from knowledge.scoring import DOCUMENT_FEATURES, SECTION_FEATURES
from knowledge.search import RoutineSearch

EMPLOYEE = Reader(employee=True, units=frozenset())
DAY = date(2026, 11, 20)
# Meaning only, so that the score of a document does not depend on what else is in the index.
WEIGHTS = {"best_passage_meaning": 10.0, "example_question_meaning": 15.0}
LONG = " ".join(f"Setning {i} om dialyse hos pasient nummer {i}." for i in range(60))
Search = Callable[..., RoutineSearch]


@pytest.fixture
def search_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Search:
    """Index routines, given as id -> (front matter, body), and open a search in them."""
    monkeypatch.setattr(build_module, "load_encoder", lambda _: BagOfWordsEncoder())
    monkeypatch.setattr(search_module, "load_encoder", lambda _: BagOfWordsEncoder())
    encoder = tmp_path / "encoder"
    encoder.mkdir()
    ranking = Ranking(
        document={name: WEIGHTS.get(name, 0.0) for name in DOCUMENT_FEATURES},
        section={name: float(name == "meaning") for name in SECTION_FEATURES},
        confidence={"score": 1.0, "off_topic_meaning": -1.0, "bias": -2.0},
        threshold=0.5,
    )
    (encoder / RANKING_FILE).write_bytes(RANKING_ADAPTER.dump_json(ranking))

    def make(routines: dict[str, tuple[str, str]], threshold: float | None = None) -> RoutineSearch:
        number = len(list(tmp_path.iterdir()))
        source, index_dir = tmp_path / f"routines-{number}", tmp_path / f"index-{number}"
        source.mkdir()
        for doc_id, (head, body) in routines.items():
            text = f"---\nid: {doc_id}\ntitle: {doc_id}\n{head}\n---\n{body}\n"
            (source / f"{doc_id}.md").write_text(text, encoding="utf-8")
        build_index([source], index_dir, "bag-of-words")
        return RoutineSearch(index_dir, str(encoder), answer_threshold=threshold)

    return make


PUBLIC = {
    "FIRE": ("", "## Slik\nBrannalarmen går. Gå rolig ut nå.\n## Formål\nTrygghet."),
    "STICK": ("", "## Slik\nVask stikket med såpe. Ring legevakta straks.\n## Formål\nTrygghet."),
}


def found_by(search: RoutineSearch, query: str, reader: Reader = ANYONE, on: date = DAY) -> list[str]:
    return [hit.document_id for hit in search.search(query, limit=50, reader=reader, on=on)]


def test_what_one_may_not_read_does_not_crowd_out_what_one_may(search_in: Search) -> None:
    secret = ("access: [HO]", "## Slik\nBrannalarmen går. Gå ut nå.")
    search = search_in({**PUBLIC, **{f"SECRET-{i}": secret for i in range(250)}})
    assert found_by(search, "Brannalarmen går")[0] == "FIRE"


@pytest.mark.parametrize("access", ["employees", "HO"])
def test_what_one_may_not_read_leaves_no_trace(
    search_in: Search, access: str, caplog: pytest.LogCaptureFixture
) -> None:
    secret = (f"access: [{access}]", "## Slik\nNøkkelen til medisinrommet ligger i skuffen.")
    with_secret, without = search_in({**PUBLIC, "SECRET": secret}), search_in(PUBLIC)
    query = "Hvor ligger nøkkelen til medisinrommet?"
    with caplog.at_level(logging.DEBUG):
        assert "SECRET" not in found_by(with_secret, query)
        answer = with_secret.answer(query, on=DAY)
    assert "SECRET" not in repr(answer)
    assert "skuffen" not in repr(answer)
    assert answer == without.answer(query, on=DAY)
    assert not answer.found
    assert "medisinrommet" not in caplog.text

    may_read = Reader(employee=True, units=frozenset({"HO"}))
    assert found_by(with_secret, query, may_read)[0] == "SECRET"
    assert with_secret.answer(query, reader=may_read, on=DAY).found
    assert (found_by(with_secret, query, EMPLOYEE)[:1] == ["SECRET"]) is (access == "employees")


def test_alone_in_the_index_it_is_as_if_there_were_nothing(search_in: Search) -> None:
    search = search_in({"SECRET": ("access: [HO]", "Nøkkelen ligger i skuffen.")})
    assert found_by(search, "nøkkelen") == []
    assert search.answer("nøkkelen").hits == ()
    assert search.answer("nøkkelen").confidence == 0.0


@pytest.mark.parametrize(
    ("head", "first", "last"),
    [
        ("valid_from: 2026-11-20", date(2026, 11, 20), None),
        ("withdrawn: 2026-11-21", None, date(2026, 11, 20)),
    ],
)
def test_only_what_is_in_force_is_found(
    search_in: Search, head: str, first: date | None, last: date | None
) -> None:
    search = search_in({**PUBLIC, "NEW": (head, "Dialyse hver dag her.")})
    for day in (date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)):
        holds = (first is None or first <= day) and (last is None or day <= last)
        assert ("NEW" in found_by(search, "dialyse", on=day)) is holds
        assert search.answer("dialyse hver dag", on=day).found is holds


def test_a_local_routine_comes_before_a_shared_one_that_is_as_near(search_in: Search) -> None:
    text = "Gå rolig ut når brannalarmen går."
    search = search_in({"A": ("source: shared", text), "B": ("source: local", text)})
    assert found_by(search, "brannalarmen går") == ["B", "A"]
    assert [hit.document_id for hit in search.answer("brannalarmen går").hits] == ["B", "A"]


def test_a_shared_routine_that_is_much_nearer_comes_first(search_in: Search) -> None:
    search = search_in(
        {"A": ("source: shared", "Brannalarmen går."), "B": ("source: local", "Dugnad i hagen, og alarmen.")}
    )
    assert found_by(search, "brannalarmen går")[0] == "A"


def test_several_chunks_of_one_section_give_one_hit(search_in: Search) -> None:
    search = search_in({"LONG": ("", f"## Slik\n{LONG}\n## Formål\nTrygghet."), **PUBLIC})
    hits = [hit for hit in search.search("dialyse pasient", limit=50) if hit.document_id == "LONG"]
    assert sorted(hit.heading for hit in hits) == ["Formål", "Slik"]
    assert len(hits[0].passage.split()) < len(LONG.split())  # the piece that answers


def test_each_document_comes_once_before_any_comes_twice(search_in: Search) -> None:
    found = found_by(search_in(PUBLIC), "brannalarmen trygghet")
    assert sorted(found[:2]) == sorted(found[2:]) == ["FIRE", "STICK"]
    assert found_by(search_in(PUBLIC), "brannalarmen")[0] == "FIRE"
    assert len(search_in(PUBLIC).search("trygghet", limit=3)) == 3


def test_an_example_question_asked_word_by_word_finds_its_document(search_in: Search) -> None:
    question = "Hvor henger jakka mi?"
    texts = {"COAT": "Garderoben er i kjelleren.", "OTHER": "Jakka di er våt, støvlene står ved trappa."}
    plain = search_in({name: ("", text) for name, text in texts.items()})
    assert found_by(plain, question)[0] == "OTHER"
    asked = search_in(
        {"COAT": (f"example_questions: ['{question}']", texts["COAT"]), "OTHER": ("", texts["OTHER"])}
    )
    assert found_by(asked, question)[0] == "COAT"
    assert asked.answer(question).hits[0].passage == texts["COAT"]


def test_below_the_threshold_there_are_hits_but_no_answer(search_in: Search) -> None:
    answer = search_in(PUBLIC).answer("brannalarmen går")
    assert answer.found
    assert 0.5 < answer.confidence < 1
    strict = search_in(PUBLIC, threshold=answer.confidence + 1e-6).answer("brannalarmen går")
    assert (strict.found, strict.hits, strict.confidence) == (False, answer.hits, answer.confidence)
    assert search_in(PUBLIC, threshold=answer.confidence).answer("brannalarmen går").found


def test_the_best_sentences_of_an_answer_are_marked(search_in: Search) -> None:
    hit = search_in(PUBLIC).answer("Skal jeg ringe legevakta straks?").hits[0]
    assert [hit.passage[start:end] for start, end in hit.highlights] == ["Ring legevakta straks."]
    assert search_in(PUBLIC).search("legevakta straks")[0].highlights == ()


NASTY = {
    "empty": "",
    "blank": " \n\t",
    "soft hyphen": "\u00ad",
    "emoji": "🙂🔥",
    "emoji and word": "🔥 brannalarmen",
    "long": "brannalarmen " * 800,
    "one long word": "x" * 10_000,
    "decomposed": unicodedata.normalize("NFD", "må jeg gå når såret blør på øya"),
    "quotes": "\"'«brannalarmen»`\\",
    "operators": "(brannalarmen OR *) AND NOT [",
    "null": "brann\x00alarmen",
    "number": "110",
    "lone surrogate": "brann \ud83d",
}


@pytest.mark.parametrize("query", NASTY.values(), ids=NASTY.keys())
def test_no_query_raises(search_in: Search, query: str) -> None:
    search = search_in(PUBLIC)
    answer, hits = search.answer(query), search.search(query, limit=2)
    assert 0 <= answer.confidence <= 1
    assert len(hits) == len(answer.hits) == (2 if any(c.isalnum() for c in query) else 0)


def test_decomposed_letters_ask_the_same(search_in: Search) -> None:
    search = search_in({**PUBLIC, "WOUND": ("", "Såret på låret må vaskes.")})
    query = "såret på låret"
    assert search.answer(unicodedata.normalize("NFD", query)) == search.answer(query)
    assert search.answer(query).hits[0].document_id == "WOUND"


def test_what_comes_after_500_characters_is_not_read(search_in: Search) -> None:
    search = search_in(PUBLIC)
    start = "brannalarmen ".ljust(500)
    assert search.answer(start + "vask stikket med såpe") == search.answer("brannalarmen")
