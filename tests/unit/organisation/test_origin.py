"""The keyed name of a conversation."""

import pytest

from organisation.origin import origin_of


def test_origin_is_hmac_sha256_as_rfc_4231_has_it() -> None:
    # Test case 2 of https://www.rfc-editor.org/rfc/rfc4231
    assert origin_of("what do ya want for nothing?", b"Jefe") == "5bdcc146bf60754e6a042426089575c7"


def test_another_key_or_conversation_gives_another_origin() -> None:
    origins = {origin_of(conversation, key) for conversation in ("a", "b") for key in (b"x", b"y")}
    assert len(origins) == 4


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        origin_of("a", b"")
