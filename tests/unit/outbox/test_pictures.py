"""A picture is seen in its own conversation, for a while."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from database.engine import SessionFactory
from outbox.errors import InvalidPictureError
from outbox.pictures import MAX_BYTES, Picture, PictureStore

MINE, ANOTHER = "c" * 32, "d" * 32
LIGHT, DARK = b"\x89PNG\r\n\x1a\nlight", b"\x89PNG\r\n\x1a\ndark"
Clock = Callable[[], datetime]


@pytest.fixture
def store(sessions: SessionFactory, clock: Clock) -> PictureStore:
    return PictureStore(sessions, clock)


def test_a_picture_comes_back_in_both_variants(store: PictureStore) -> None:
    picture_id = store.put(MINE, LIGHT, DARK, " 12 avvik i november ")
    assert store.get(picture_id, MINE) == Picture("image/png", LIGHT, DARK, "12 avvik i november")


def test_another_conversation_does_not_see_it(store: PictureStore) -> None:
    assert store.get(store.put(MINE, LIGHT, DARK, "12 avvik"), ANOTHER) is None


def test_ids_cannot_be_guessed_and_fit_an_address(store: PictureStore) -> None:
    ids = {store.put(MINE, LIGHT, DARK, "12 avvik") for _ in range(20)}
    assert len(ids) == 20
    assert all(len(name) == 32 and name.replace("-", "").replace("_", "").isalnum() for name in ids)


@pytest.mark.parametrize(
    ("light", "dark", "alt"),
    [
        (b"<svg onload=alert(1)>", DARK, "12 avvik"),
        (LIGHT, b"GIF89a", "12 avvik"),
        (LIGHT + b"x" * MAX_BYTES, DARK, "12 avvik"),
        (LIGHT, DARK, " "),
    ],
)
def test_what_is_no_picture_with_words_is_refused(
    store: PictureStore, light: bytes, dark: bytes, alt: str
) -> None:
    with pytest.raises(InvalidPictureError):
        store.put(MINE, light, dark, alt)


def test_a_picture_needs_a_conversation(store: PictureStore) -> None:
    with pytest.raises(IntegrityError):
        store.put("f" * 32, LIGHT, DARK, "12 avvik")


def test_old_pictures_are_deleted(sessions: SessionFactory, clock: Clock) -> None:
    old = PictureStore(sessions, lambda: clock() - timedelta(days=31)).put(MINE, LIGHT, DARK, "gammelt")
    store = PictureStore(sessions, clock)
    new = store.put(MINE, LIGHT, DARK, "nytt")
    assert store.purge(30) == 1
    assert store.get(old, MINE) is None
    assert store.get(new, MINE) is not None
