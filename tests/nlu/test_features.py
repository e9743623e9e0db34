"""The four blocks of features, word classes and sentence cues."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from small_reports import TEXTS

from nlu.core.concepts import ConceptLexicon
from nlu.core.cues import LONGEST_COUNTED, STEPS, cues_of
from nlu.core.errors import ModelFileError
from nlu.core.features import FILE_NAME, FeatureShape, TextFeatures
from nlu.core.tokens import NorwegianToken, NorwegianTokenizer

WORDS_ONLY = FeatureShape(min_documents=1, min_documents_rare=1, concept_weight=0, cue_weight=0)
ALL = FeatureShape(min_documents=1, min_documents_rare=1)
LEXICON = ConceptLexicon({"heis": ("lift",), "pleier": ("nurse", "employee")})


def fitted(
    shape: FeatureShape, messages: list[list[NorwegianToken]], lexicon: ConceptLexicon | None = None
) -> TextFeatures:
    features = TextFeatures(shape, lexicon)
    features.fit(messages)
    return features


def tables(features: TextFeatures, folder: Path) -> dict[str, list[str]]:
    """Return the terms of each saved table."""
    features.save(folder)
    content = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    return {name: table["terms"] for name, table in content["tables"].items()}


# Shape


def test_features_are_one_float32_row_a_message(matrix: csr_matrix) -> None:
    assert matrix.shape[0] == len(TEXTS)
    assert matrix.dtype == np.float32
    assert matrix.getnnz(axis=1).min() > 10


def test_a_configuration_sets_the_shape_and_other_keys_are_left_alone() -> None:
    shape = FeatureShape.from_config({"char_ngrams": [2, 4], "cue_weight": 0.1, "name": "x"})
    assert shape == FeatureShape(char_ngrams=(2, 4), cue_weight=0.1)
    assert FeatureShape.from_config({}) == FeatureShape()


def test_each_block_has_the_length_of_its_weight(messages, tmp_path: Path) -> None:
    shape = FeatureShape(min_documents=1, min_documents_rare=1, concept_weight=0.25, cue_weight=3.0)
    features = fitted(shape, messages)
    row, start = features.transform(messages[:1]).toarray()[0], 0
    lengths = {}
    for name, terms in tables(features, tmp_path).items():
        lengths[name] = np.linalg.norm(row[start : start + len(terms)])
        start += len(terms)
    assert start == len(row)
    assert lengths == pytest.approx({"words": 1.0, "chars": 1.0, "concepts": 0.25, "cues": 3.0}, abs=1e-5)


@pytest.mark.parametrize(
    ("weights", "left"),
    [
        ({}, {"words", "chars", "concepts", "cues"}),
        ({"concept_weight": 0}, {"words", "chars", "cues"}),
        ({"cue_weight": 0.0}, {"words", "chars", "concepts"}),
        ({"concept_weight": 0, "cue_weight": 0}, {"words", "chars"}),
    ],
)
def test_a_weight_of_zero_leaves_a_block_out(messages, tmp_path: Path, weights, left) -> None:
    shape = FeatureShape(**{"min_documents": 1, "min_documents_rare": 1, **weights})
    features = fitted(shape, messages)
    terms = tables(features, tmp_path)
    assert set(terms) == left
    rows = features.transform(messages)
    assert rows.shape == (len(messages), sum(len(names) for names in terms.values()))
    np.testing.assert_allclose(
        TextFeatures.load(tmp_path).transform(messages).toarray(), rows.toarray(), atol=1e-4
    )


def test_rare_words_and_rare_characters_have_limits_of_their_own(messages, tmp_path: Path) -> None:
    def terms(words: int, rare: int) -> dict[str, int]:
        shape = FeatureShape(min_documents=words, min_documents_rare=rare)
        return {name: len(of) for name, of in tables(fitted(shape, messages), tmp_path).items()}

    few, rarer, fewer = terms(1, 1), terms(1, 2), terms(2, 1)
    assert (rarer["words"], rarer["cues"]) == (few["words"], few["cues"])
    assert rarer["chars"] < few["chars"]
    assert rarer["concepts"] < few["concepts"]
    assert (fewer["chars"], fewer["concepts"]) == (few["chars"], few["concepts"])
    assert fewer["words"] < few["words"]
    assert fewer["cues"] < few["cues"]


# Words and characters


def test_a_lemma_bridges_inflections_and_the_form_tells_them_apart(tokenize, tmp_path: Path) -> None:
    features = fitted(WORDS_ONLY, [tokenize("heisen")])
    assert {"heis", "=heisen"} == set(tables(features, tmp_path)["words"])
    assert features.transform([tokenize("heisene")])[:, :2].nnz == 1


def test_word_pairs_are_features_of_their_own(tokenize) -> None:
    features = fitted(WORDS_ONLY, [tokenize("feil medisin"), tokenize("medisin")])
    forwards, backwards = (features.transform([tokenize(text)]) for text in ("feil medisin", "medisin feil"))
    assert forwards.nnz == backwards.nnz + 2  # of lemmas and of forms


def test_a_word_pair_is_not_the_compound_of_its_words(tokenize, tmp_path: Path) -> None:
    features = fitted(WORDS_ONLY, [tokenize("feil medisin")])
    words = len(tables(features, tmp_path)["words"])
    assert words == 6  # feil, medisin, and the pair: as lemmas and as forms
    assert features.transform([tokenize("feil medisin")])[:, :words].nnz == words
    assert features.transform([tokenize("feilmedisin")])[:, :words].nnz == 0


def test_a_compound_and_a_typing_error_share_characters_with_the_word(tokenize) -> None:
    features = fitted(WORDS_ONLY, [tokenize("medisin")])
    for text in ("feilmedisin", "medsin", "MEDISINEN", "hjeeelp medisinnn"):
        assert features.transform([tokenize(text)]).nnz > 3


def test_composed_and_decomposed_letters_are_the_same(features: TextFeatures, tokenize) -> None:
    composed, decomposed = (
        features.transform([tokenize(text)]) for text in ("Jeg falt på glatta", "Jeg falt pa\u030a glatta")
    )
    assert composed.nnz > 20
    assert (composed != decomposed).nnz == 0


# Texts without meaning


@pytest.mark.parametrize("text", ["🔥🔥", "привет", "§¤", "", "   ", "🔥 🔥 🔥 🔥 🔥", "777777"])
def test_unknown_characters_are_a_row_of_zeros(features: TextFeatures, tokenize, text: str) -> None:
    """Though every text has a length and a number of sentences, which are cues."""
    row = features.transform([tokenize(text)])
    assert row.shape[0] == 1
    assert row.nnz == 0


def test_an_unknown_message_takes_nothing_from_the_ones_beside_it(features, messages, tokenize) -> None:
    rows = features.transform([messages[0], tokenize("🔥🔥"), messages[1]])
    assert rows[1].nnz == 0
    assert (rows[[0, 2]] != features.transform(messages[:2])).nnz == 0


def test_a_huge_message_costs_no_more_than_its_first_words(features: TextFeatures, tokenize) -> None:
    first, more = (features.transform([tokenize("feil medisin " * times)]) for times in (750, 3000))
    assert (first != more).nnz == 0


def test_no_messages_are_no_rows_to_learn_from(features: TextFeatures) -> None:
    with pytest.raises(ValueError, match="empty vocabulary"):
        TextFeatures(FeatureShape()).fit([])


# Saved and loaded


def test_features_after_loading_are_the_same(tmp_path: Path, features: TextFeatures, messages) -> None:
    features.save(tmp_path)
    loaded = TextFeatures.load(tmp_path)
    assert loaded.shape == features.shape
    np.testing.assert_allclose(
        loaded.transform(messages).toarray(), features.transform(messages).toarray(), atol=1e-4
    )


def test_the_same_messages_give_the_same_file(tmp_path: Path, messages) -> None:
    files = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        fitted(ALL, messages).save(tmp_path / name)
        files.append((tmp_path / name / FILE_NAME).read_bytes())
    assert files[0] == files[1]


def _damaged(good: bytes) -> dict[str, bytes | None]:
    content = json.loads(good)
    words = content["tables"]["words"]
    shorter = {**content["tables"], "words": {**words, "idf": words["idf"][:-1]}}
    of_words = {**content["tables"], "words": {**words, "idf": ["x" for _ in words["idf"]]}}
    damage: dict[str, bytes | None] = {
        "missing": None,
        "empty": b"",
        "cut off": good[: len(good) // 2],
        "no JSON": b"\x00\xff\xfe",
        "list": b"[]",
        "null": b"null",
        "without a shape": json.dumps({"tables": content["tables"]}).encode(),
        "tables are a list": json.dumps({**content, "tables": []}).encode(),
        "lengths differ": json.dumps({**content, "tables": shorter}).encode(),
        "weights are words": json.dumps({**content, "tables": of_words}).encode(),
    }
    for name in ("words", "chars", "concepts", "cues"):
        fewer = {key: value for key, value in content["tables"].items() if key != name}
        damage[f"without {name}"] = json.dumps({**content, "tables": fewer}).encode()
    return damage


DAMAGE = ["missing", "empty", "cut off", "no JSON", "list", "null", "without a shape", "tables are a list"]
DAMAGE += ["lengths differ", "weights are words"]
DAMAGE += ["without words", "without chars", "without concepts", "without cues"]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_feature_table_is_named(tmp_path: Path, features: TextFeatures, damage: str) -> None:
    features.save(tmp_path)
    path = tmp_path / FILE_NAME
    content = _damaged(path.read_bytes())[damage]
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"features\.json") as caught:
        TextFeatures.load(tmp_path)
    assert caught.value.path == path


# Word classes


@pytest.mark.parametrize(
    ("word", "concepts"),
    [
        ("heis", ("lift",)),  # the form itself
        ("HEIS", ("lift",)),
        ("heisene", ("lift",)),  # its lemma
        ("pasientheis", ("lift",)),  # the head of a compound
        ("pasientheisen", ("lift",)),  # and of an inflected one
        ("nattpleier", ("nurse", "employee")),
        ("heisstans", ()),  # it is the head that counts, not the modifier
        ("xheis", ()),  # one letter is no modifier
        ("bil", ()),
        ("🔥", ()),
        ("", ()),
    ],
)
def test_a_word_has_the_class_of_its_form_its_lemma_or_its_head(tokenize, word: str, concepts) -> None:
    tokens = tokenize(word) or [NorwegianToken("", 0, "")]
    assert LEXICON.concepts_of(tokens[0]) == concepts


def test_a_short_ending_is_no_head() -> None:
    lexicon = ConceptLexicon({"tre": ("plant",)})
    assert lexicon.concepts_of(NorwegianToken("bjørketre", 0, "bjørketre")) == ()
    assert lexicon.concepts_of(NorwegianToken("tre", 0, "tre")) == ("plant",)


def test_the_longest_head_decides() -> None:
    lexicon = ConceptLexicon({"hjelpepleier": ("nurse",), "pleier": ("carer",)})
    assert lexicon.concepts_of(NorwegianToken("natthjelpepleier", 0, "natthjelpepleier")) == ("nurse",)


def test_a_decomposed_word_is_found() -> None:
    lexicon = ConceptLexicon({"måling": ("measure",)})
    assert lexicon.concepts_of(NorwegianToken("Ma\u030aling", 0, "måling")) == ("measure",)


def test_an_unseen_word_of_a_class_gets_the_feature_of_the_class(tokenize, tmp_path: Path) -> None:
    features = fitted(ALL, [tokenize("Heisen står"), tokenize("noe annet")], LEXICON)
    terms = tables(features, tmp_path)
    start = len(terms["words"]) + len(terms["chars"])
    assert "lift" in terms["concepts"]
    column = start + terms["concepts"].index("lift")
    assert features.transform([tokenize("Pasientheisen er treg")])[0, column] > 0
    assert features.transform([tokenize("noe tregt")])[0, column] == 0


def test_a_class_stands_for_either_word_of_a_pair_and_for_both(tokenize, tmp_path: Path) -> None:
    features = fitted(ALL, [tokenize("heis pumpe")], ConceptLexicon({"heis": ("lift",), "pumpe": ("pump",)}))
    terms = set(tables(features, tmp_path)["concepts"])
    assert {term.replace("\u241f", " ") for term in terms} == {
        "lift",
        "pump",
        "lift pump",
        "lift =pumpe",
        "=heis pump",
    }


def test_the_lexicon_of_the_project_reaches_what_it_lists(tokenize) -> None:
    lexicon = ConceptLexicon.load()
    (care,) = (lexicon.concepts_of(token) for token in tokenize("nattsykepleier"))
    assert care == ("emp_care",)
    lifts = {lexicon.concepts_of(tokenize(word)[0]) for word in ("heis", "heisen", "pasientheisen")}
    assert len(lifts) == 1
    assert lifts != {()}


@pytest.mark.parametrize(
    "content", [None, b"", b"a: [", b"- heis", b"lift: 3", b"lift:", b"lift: [3]", b"\xff\xfe\x00", b"heis"]
)
def test_a_missing_or_damaged_lexicon_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "classes.yml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"classes\.yml: ") as caught:
        ConceptLexicon.load(path)
    assert caught.value.path == path


# Sentence cues


@pytest.mark.parametrize(
    ("text", "present", "absent"),
    [
        ("Hvem ringer jeg?", {"sentences=1", "first?", "first?^hvem", "last?^hvem", "?hvem"}, {"last?"}),
        ("Jeg falt.", {"first.^jeg", "first.$falle"}, {"?jeg", "first?^jeg"}),
        ("Jeg falt", {"first^jeg", "last^jeg", "any^jeg_falle"}, {"first."}),
        ("Heisen står. Hvem ringer?", {"sentences=2", "first.^heis", "last?^hvem"}, {"first?^hvem"}),
        ("Hei! Jeg falt. Hva nå?", {"sentences=3", "middle.^jeg", "last?^hva"}, {"last.^jeg"}),
        ("Hva?! Hæ..", {"sentences=2", "first?^hva", "last.^hæ"}, set()),
    ],
)
def test_cues_say_how_sentences_begin_and_end(
    tokenize: NorwegianTokenizer, text: str, present: set[str], absent: set[str]
) -> None:
    cues = set(cues_of(tokenize(text)))
    assert present <= cues
    assert not absent & cues


def test_a_question_and_a_story_of_the_same_words_differ(tokenize) -> None:
    story, question = (set(cues_of(tokenize(f"Hun falt i går{sign}"))) for sign in ".?")
    assert len(story ^ question) > 5


def test_sentences_and_length_are_counted_to_a_limit(tokenize) -> None:
    cues = cues_of(tokenize("Nei. " * 100))
    assert f"sentences={LONGEST_COUNTED}" in cues
    assert f"length={STEPS}" in cues


@pytest.mark.parametrize("text", ["", "???", ". . ."])
def test_a_text_without_words_has_no_sentence(tokenize, text: str) -> None:
    cues = cues_of(tokenize(text))
    assert cues[0] == "sentences=0"
    assert len(cues) == 2
