"""What `benchmarks/search_index.py` measures and prints."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from vector_indexes import KINDS, NEAREST, QUERIES, Measured, measure, mixtures, nearest_cosine

from index_builder.build import build_index, update_index
from index_builder.encoding_queue import encode_chunks
from index_builder.training_data import read_topics
from knowledge.chunk import CHUNK_ADAPTER
from knowledge.encoder import Encoder, Vectors
from knowledge.index_files import CHUNKS_FILE, current_version_dir, read_json_lines
from knowledge.search import RoutineSearch
from knowledge.sentence_transformer_encoder import load_encoder
from knowledge.vector_index import flat_index
from sifra.settings import load_stack

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "sample" / "routines"
PAIRS = ROOT / "index_builder" / "data" / "routine_pairs"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
WANTED_PASSAGES = 10_000
ASKED = 200
_ENCODED_AT_ONCE = 256  # as a build does


def main() -> None:
    """Measure and print Markdown tables."""
    parser = argparse.ArgumentParser(prog="search_index.py")
    parser.add_argument("--max-size", type=int, default=SIZES[-1], help="largest number of vectors")
    parser.add_argument(
        "--skip", action="append", default=[], choices=list(KINDS), help="a kind to leave out"
    )
    parser.add_argument("--routines", type=Path, help="a folder to index; else the sample, repeated")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    options = parser.parse_args()
    stack = load_stack(ROOT)
    encoder = load_encoder(stack.encoder)
    with tempfile.TemporaryDirectory(prefix="sifra-bench-") as name:
        folder = Path(name)
        built = measure_build(options.routines or repeated_sample(folder), folder, encoder)
        for line in build_table(built):
            print(line, flush=True)
        rows = measure_kinds(encoder, options.max_size, set(options.skip), folder)
        table = []
        for line, row in kind_table(rows):
            print(line, flush=True)
            table += [asdict(row)] if row else []
    if options.json:
        options.json.write_text(json.dumps({"build": built, "kinds": table}, indent=2), encoding="utf-8")


def measure_kinds(encoder: Encoder, max_size: int, skip: set[str], folder: Path) -> Iterator[Measured]:
    """Try each kind of index at each size."""
    topics = read_topics(PAIRS)
    passages = encoder.encode_document([topic.passage for topic in topics])
    questions = encoder.encode_query([asked.q for topic in topics for asked in topic.questions])
    rng = np.random.default_rng(0)
    queries = mixtures(questions, QUERIES, rng)
    real = nearest_cosine(questions, passages)
    _note(f"Median cosine of a question and its nearest passage: real {real:.2f}")
    for size in (size for size in SIZES if size <= max_size):
        vectors = mixtures(passages, size, rng)
        nearest: Vectors = flat_index(vectors).search(queries, NEAREST)[1]
        _note(f"among {size:,} synthetic ones {nearest_cosine(queries, vectors):.2f}")
        for kind in KINDS:
            if kind not in skip:
                yield measure(kind, vectors, queries, nearest, folder)


def kind_table(rows: Iterable[Measured]) -> Iterator[tuple[str, Measured | None]]:
    """Write the rows as they come."""
    columns = ("vectors", "kind", "build", f"query p50, p95 ({NEAREST})", "p50 (200)", f"recall@{NEAREST}")
    yield "\n| " + " | ".join((*columns, "memory", "file")) + " |\n" + "| --- " * 8 + "|", None
    for row in rows:
        cells = (
            f"{row.size:,}", row.kind, f"{row.build_s:.1f} s", f"{row.p50_ms:.2f}, {row.p95_ms:.2f} ms",
            f"{row.candidates_p50_ms:.2f} ms", f"{row.recall:.3f}", f"{row.memory_mb:.0f} MB",
            f"{row.file_mb:.0f} MB",
        )  # fmt: skip
        yield "| " + " | ".join(cells) + " |", row


def measure_build(routines: Path, folder: Path, encoder: Encoder) -> dict[str, Any]:
    """Build an index, change one document, update it, and ask it questions."""
    index_dir = folder / "index"
    build = build_index([routines], index_dir, encoder.name)
    chunks = read_json_lines(current_version_dir(index_dir) / CHUNKS_FILE, CHUNK_ADAPTER)
    encode_chunks(chunks[:_ENCODED_AT_ONCE], encoder)  # the first call is slower
    began = time.perf_counter()
    for start in range(0, len(chunks), _ENCODED_AT_ONCE):
        encode_chunks(chunks[start : start + _ENCODED_AT_ONCE], encoder)
    encoder_s = time.perf_counter() - began
    # A folder that somebody gave is theirs: nothing in it is changed.
    update_s = _update_of_one(routines, index_dir, encoder) if routines.is_relative_to(folder) else None
    questions = [chunk.text for chunk in chunks if chunk.kind == "question"] or [c.text[:80] for c in chunks]
    picked = np.random.default_rng(0).choice(len(questions), size=min(ASKED, len(questions)), replace=False)
    times = _answer_times(RoutineSearch(index_dir, encoder.name), [questions[i] for i in picked])
    return {
        "documents": build.documents, "chunks": build.chunks, "build_s": build.elapsed_s,
        "build_chunks_s": build.chunks / build.elapsed_s, "encoder_chunks_s": len(chunks) / encoder_s,
        "ratio": encoder_s / build.elapsed_s, "update_s": update_s,
        "query_p50_ms": float(np.percentile(times, 50)), "query_p95_ms": float(np.percentile(times, 95)),
    }  # fmt: skip


def build_table(built: dict[str, Any]) -> list[str]:
    """Write the figures of a build."""
    update = "not measured" if built["update_s"] is None else f"{built['update_s']:.1f} s"
    return [
        f"| {built['documents']:,} documents, {built['chunks']:,} passages | |",
        "| --- | --- |",
        f"| whole build | {built['build_s']:.1f} s, {built['build_chunks_s']:,.0f} passages/s |",
        f"| encoder alone | {built['encoder_chunks_s']:,.0f} passages/s |",
        f"| build as a share of the encoder's speed | {built['ratio']:.2f} |",
        f"| update of one changed document | {update} |",
        f"| whole question: p50, p95 | {built['query_p50_ms']:.1f}, {built['query_p95_ms']:.1f} ms |",
    ]


def repeated_sample(folder: Path) -> Path:
    """Write the sample routines again and again, each time under new ids, until there are enough."""
    target = folder / "routines"
    target.mkdir()
    paths = sorted(SAMPLE.rglob("*.md"))
    once = build_index([SAMPLE], folder / "once", load_stack(ROOT).encoder).chunks
    for number in range(WANTED_PASSAGES // once + 1):
        for path in paths:
            text = path.read_text(encoding="utf-8").replace("\nid: ", f"\nid: {number}-", 1)
            (target / f"{number}-{path.name}").write_text(text, encoding="utf-8")
    return target


def _note(text: str) -> None:
    """Write what does not belong in the tables."""
    print(text, file=sys.stderr, flush=True)


def _update_of_one(routines: Path, index_dir: Path, encoder: Encoder) -> float:
    path = min(routines.iterdir())
    path.write_text(path.read_text(encoding="utf-8") + "\n## Nytt\nEn setning til.\n", encoding="utf-8")
    began = time.perf_counter()
    report = update_index([routines], index_dir, encoder.name)
    if report.indexed != 1:
        raise RuntimeError(
            f"the update indexed {report.indexed} documents and not one: {report.anew_because}"
        )
    return time.perf_counter() - began


def _answer_times(search: RoutineSearch, questions: list[str]) -> list[float]:
    search.answer(questions[0])  # loads the index
    times = []
    for question in questions:
        began = time.perf_counter()
        search.answer(question)
        times.append((time.perf_counter() - began) * 1000)
    return times
