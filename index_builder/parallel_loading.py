"""Many files parsed in processes of their own, as parsing is Python and the encoder needs Python as well."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from pathlib import Path

from index_builder.document_loader import load_document
from index_builder.errors import DocumentError
from knowledge.documents import Document

# With fewer files it takes longer to start a process than to read them.
MIN_FILES = 64
_MAX_WORKERS = 8
_BATCH_FILES = 8
_WAITING_BATCHES = 8  # per worker; so much may be parsed before the encoder has come so far

LoadedFile = Document | str


def load_documents(paths: list[tuple[Path, Path]]) -> Generator[LoadedFile, None, None]:
    """Read files, in processes beside this one when there are many and the machine has several cores.

    Args:
        paths: pairs of a file and its source folder.
    Yields:
        The documents in the same order; in place of one that cannot be used, the reason.
    """
    workers = min(len(os.sched_getaffinity(0)) - 1, _MAX_WORKERS) if hasattr(os, "sched_getaffinity") else 1
    if len(paths) < MIN_FILES or workers < 1:
        yield from map(_load, paths)
        return
    # A copy of this process ("fork") would have its locks but not the threads of torch that release them.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare_worker)
    try:
        waiting: deque[Future[list[LoadedFile]]] = deque()
        for start in range(0, len(paths), _BATCH_FILES):
            waiting.append(pool.submit(_load_batch, paths[start : start + _BATCH_FILES]))
            if len(waiting) > _WAITING_BATCHES * workers:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _load_batch(paths: list[tuple[Path, Path]]) -> list[LoadedFile]:
    return [_load(pair) for pair in paths]


def _load(pair: tuple[Path, Path]) -> LoadedFile:
    try:
        return load_document(*pair)
    except DocumentError as exc:
        return str(exc)


def _prepare_worker() -> None:
    """Leave Ctrl-C to the parent, and end with it however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101  a worker has one

    def follow() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
