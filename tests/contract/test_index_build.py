"""From Markdown files to an answer, with a real if tiny sentence-transformers model."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import index_encoders
import numpy as np
import pytest
from filelock import FileLock
from sentence_transformers import SentenceTransformer

from index_builder import build as build_module
from index_builder.build import LOCK_FILE, BuildProgress, BuildReport, build_index
from index_builder.errors import BuildInProgressError, NothingToIndexError
from knowledge.documents import DocumentStore
from knowledge.encoder import Encoder, Vectors
from knowledge.errors import EncoderUnavailableError, IndexMismatchError, IndexUnavailableError
from knowledge.index_files import CHUNKS_FILE, VECTORS_FILE, current_version_dir
from knowledge.search import RoutineSearch
from knowledge.sentence_transformer_encoder import load_encoder

ROUTINES = {
    "LOC-1": (
        "Stikkskade",
        "local",
        "## Formål\nHindre smitte.\n## Fremgangsmåte\n1. Vask stikket med såpe.\n2. Ring legevakta.",
        ["Hva gjør jeg når jeg har stukket meg på ei nål?"],
    ),
    "LOC-2": ("Brannalarm", "local", "## Fremgangsmåte\n1. Gå ut når brannalarmen går.\n2. Møt opp.", []),
    "SHA-1": ("Brannalarm", "shared", "## Fremgangsmåte\n1. Gå ut når brannalarmen går.\n2. Møt opp.", []),
}


def write_routine(
    folder: Path, doc_id: str, title: str, source: str, body: str, questions: list[str]
) -> None:
    head = f"---\nid: {doc_id}\ntitle: {title}\nsource: {source}\nexample_questions: {questions}\n---\n"
    (folder / f"{doc_id}.md").write_text(f"{head}# {title}\n{body}\n", encoding="utf-8")


def make_encoder(folder: Path, seed: int) -> str:
    texts = [f"{title} {body} {questions}" for title, _, body, questions in ROUTINES.values()]
    return index_encoders.make_encoder(folder, seed, texts)


@pytest.fixture(scope="module")
def encoder_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_encoder(tmp_path_factory.mktemp("encoder"), seed=1)


@pytest.fixture
def source_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "routines"
    folder.mkdir()
    for doc_id, (title, source, body, questions) in ROUTINES.items():
        write_routine(folder, doc_id, title, source, body, questions)
    return folder


@pytest.fixture
def index_dir(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def report(source_dir: Path, index_dir: Path, encoder_path: str) -> BuildReport:
    return build_index([source_dir], index_dir, encoder_path)


@pytest.fixture
def search(report: BuildReport, index_dir: Path, encoder_path: str) -> RoutineSearch:
    return RoutineSearch(index_dir, encoder_path)


def test_encoder_gives_unit_vectors_of_float32(encoder_path: str) -> None:
    encoder = load_encoder(encoder_path)
    vectors = encoder.encode_document(["Vask stikket.", "Gå ut."])
    assert (vectors.dtype, vectors.shape) == (np.float32, (2, encoder.dimension))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert encoder.encode_query([]).shape == (0, encoder.dimension)


def test_prompts_of_a_model_are_honoured(encoder_path: str, tmp_path: Path) -> None:
    model = SentenceTransformer(encoder_path, device="cpu")
    model.prompts = {"query": "legevakta ", "document": ""}
    model.save(str(tmp_path), create_model_card=False)
    prompted, plain = load_encoder(str(tmp_path)), load_encoder(encoder_path)
    assert prompted.fingerprint != plain.fingerprint
    np.testing.assert_allclose(
        prompted.encode_query(["vask"]), plain.encode_query(["legevakta vask"]), atol=1e-6
    )
    np.testing.assert_allclose(prompted.encode_document(["vask"]), plain.encode_document(["vask"]), atol=1e-6)


def test_encoder_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailableError, match="no such folder"):
        load_encoder(str(tmp_path / "missing"))


def test_broken_encoder_folder_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("{", encoding="utf-8")
    with pytest.raises(EncoderUnavailableError, match="not a whole model"):
        load_encoder(str(tmp_path))


def test_report_counts_documents_and_chunks(report: BuildReport) -> None:
    # A title and its sections for each of the three, and one example question.
    assert (report.indexed, report.chunks, report.skipped) == (3, 3 + 4 + 1, ())


def test_answer_is_the_steps_of_the_right_routine(search: RoutineSearch) -> None:
    answer = search.answer("Jeg har stukket meg på ei nål, må jeg vaske stikket?")
    hit = answer.hits[0]
    assert answer.found
    assert (hit.document_id, hit.heading, hit.anchor) == ("LOC-1", "Fremgangsmåte", "fremgangsmate")
    assert hit.passage.startswith("1. Vask stikket med såpe.\n2. Ring legevakta."), "the whole section first"


def test_example_question_as_written_finds_its_routine(search: RoutineSearch) -> None:
    hits = search.search("Hva gjør jeg når jeg har stukket meg på ei nål?")
    assert (hits[0].document_id, hits[0].heading) == ("LOC-1", "Fremgangsmåte")


def test_local_routine_comes_before_its_shared_twin(search: RoutineSearch) -> None:
    hits = search.search("Hva gjør vi når brannalarmen går?")
    assert [hit.document_id for hit in hits[:2]] == ["LOC-2", "SHA-1"]


def test_each_document_comes_once_before_any_comes_twice(search: RoutineSearch) -> None:
    hits = search.search("brannalarm", limit=10)
    assert len({hit.document_id for hit in hits[:3]}) == 3
    assert len({(hit.document_id, hit.anchor) for hit in hits}) == len(hits) == 4
    assert search.search("brannalarm", limit=2) == hits[:2]


@pytest.mark.parametrize("query", ["", "  \n", "\u00ad"])
def test_blank_query_finds_nothing(search: RoutineSearch, query: str) -> None:
    assert search.search(query) == []
    assert (search.answer(query).found, search.answer(query).hits) == (False, ())


def test_no_answer_below_the_threshold(report: BuildReport, index_dir: Path, encoder_path: str) -> None:
    confidence = RoutineSearch(index_dir, encoder_path).answer("brannalarm").confidence
    for threshold, found in ((confidence - 1e-6, True), (confidence + 1e-6, False)):
        answer = RoutineSearch(index_dir, encoder_path, answer_threshold=threshold).answer("brannalarm")
        assert (answer.found, answer.hits[0].document_id) == (found, "LOC-2")


def test_document_store_follows_the_index(
    report: BuildReport, index_dir: Path, source_dir: Path, encoder_path: str
) -> None:
    store = DocumentStore(index_dir)
    assert [document.id for document in store.all()] == list(ROUTINES)
    assert store.get("nope") is None
    write_routine(source_dir, "LOC-3", "Ny", "local", "Ny tekst.", [])
    build_index([source_dir], index_dir, encoder_path)
    assert store.get("LOC-3") is not None


def test_bad_files_are_skipped_and_named(source_dir: Path, index_dir: Path, encoder_path: str) -> None:
    (source_dir / "LOC-1-copy.md").write_bytes((source_dir / "LOC-1.md").read_bytes())
    (source_dir / "bad.md").write_text("---\nid: [\n---\n", encoding="utf-8")
    missing = source_dir / "missing"
    report = build_index([source_dir, missing], index_dir, encoder_path)
    assert report.indexed == 3
    assert {path.name: reason for path, reason in report.skipped} == {
        "LOC-1.md": "the id LOC-1 is taken by another file",
        "bad.md": "front matter is not valid YAML",
        "missing": "no such folder",
    }


def test_progress_reaches_the_end(source_dir: Path, index_dir: Path, encoder_path: str) -> None:
    steps: list[BuildProgress] = []
    build_index([source_dir], index_dir, encoder_path, steps.append)
    assert steps[-1] == BuildProgress(files_done=3, files=3, chunks_encoded=8)


def test_rebuilds_never_fail_a_query(
    search: RoutineSearch, source_dir: Path, index_dir: Path, encoder_path: str
) -> None:
    stop = threading.Event()

    def ask() -> set[str]:
        store, answers = DocumentStore(index_dir), set()
        while not stop.is_set():
            answers.add(search.search("Hva gjør vi når brannalarmen går?")[0].document_id)
            assert store.get("LOC-2") is not None
        return answers

    with ThreadPoolExecutor() as pool:
        askers = [pool.submit(ask) for _ in range(3)]
        for number in range(5):
            write_routine(source_dir, f"NEW-{number}", f"Ny {number}", "local", "Ny tekst.", [])
            build_index([source_dir], index_dir, encoder_path)
        stop.set()
        assert [asker.result() for asker in askers] == [{"LOC-2"}] * 3
    assert DocumentStore(index_dir).get("NEW-4") is not None
    assert any(hit.document_id == "NEW-4" for hit in search.search("Ny 4", limit=10))


class FailingEncoder:
    """Works for the first batch of texts and then stops, as a killed build would."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.fingerprint, self.dimension = encoder.name, encoder.fingerprint, encoder.dimension
        self.max_tokens, self.count_tokens = encoder.max_tokens, encoder.count_tokens
        self.encode_query = encoder.encode_query

    def encode_document(self, texts: list[str]) -> Vectors:
        raise MemoryError


def test_failed_build_leaves_the_old_index(
    search: RoutineSearch,
    source_dir: Path,
    index_dir: Path,
    encoder_path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = sorted(path.name for path in (index_dir / "versions").iterdir())
    monkeypatch.setattr(build_module, "load_encoder", lambda path: FailingEncoder(load_encoder(path)))
    with pytest.raises(MemoryError):
        build_index([source_dir], index_dir, encoder_path)
    assert sorted(path.name for path in (index_dir / "versions").iterdir()) == before
    assert search.answer("Gå ut når brannalarmen går").hits


def test_nothing_to_index_leaves_the_old_index(
    search: RoutineSearch, tmp_path: Path, index_dir: Path, encoder_path: str
) -> None:
    with pytest.raises(NothingToIndexError):
        build_index([tmp_path / "empty"], index_dir, encoder_path)
    assert search.search("brannalarm")


def test_second_build_at_once_is_refused(source_dir: Path, index_dir: Path, encoder_path: str) -> None:
    index_dir.mkdir()
    with FileLock(index_dir / LOCK_FILE), pytest.raises(BuildInProgressError):
        build_index([source_dir], index_dir, encoder_path)


def test_other_encoder_is_a_mismatch(report: BuildReport, index_dir: Path, tmp_path: Path) -> None:
    other = RoutineSearch(index_dir, make_encoder(tmp_path / "other", seed=2))
    with pytest.raises(IndexMismatchError, match="sifra index build"):
        other.search("brannalarm")


@pytest.mark.parametrize("name", [VECTORS_FILE, CHUNKS_FILE])
@pytest.mark.parametrize("damage", ["cut", "missing"])
def test_damaged_index_file_is_named(
    report: BuildReport, index_dir: Path, encoder_path: str, name: str, damage: str
) -> None:
    path = current_version_dir(index_dir) / name
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-20])
    else:
        path.unlink()
    with pytest.raises(IndexUnavailableError, match=f"{name}.*sifra index build"):
        RoutineSearch(index_dir, encoder_path).search("brannalarm")


def test_search_without_an_index_says_what_to_do(index_dir: Path, encoder_path: str) -> None:
    with pytest.raises(IndexUnavailableError, match="sifra index build"):
        RoutineSearch(index_dir, encoder_path).search("brannalarm")


def test_all_formats_are_indexed_and_what_is_not_read_is_named(
    index_dir: Path, tmp_path: Path, encoder_path: str
) -> None:
    folder = tmp_path / "mixed"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.md").write_text("# En\ntekst", encoding="utf-8")
    (folder / "sub" / "b.HTML").write_text("<h1>To</h1><p>tekst</p>", encoding="utf-8")
    (folder / "c.doc").write_bytes(b"x")
    for ignored in (".hidden.md", "~$a.docx", "image.png", "a.md.yml"):
        (folder / ignored).write_bytes(b"")
    report = build_index([folder], index_dir, encoder_path)
    assert {document.title for document in DocumentStore(index_dir).all()} == {"En", "To"}
    assert report.skipped == ((folder / "c.doc", ".doc is not read; save it as DOCX or PDF"),)
