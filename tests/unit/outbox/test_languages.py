"""The language of a conversation: a guess at first, then what its person writes."""

import pytest
from sqlalchemy.orm import Session

from organisation.tables import ConversationRow
from outbox.errors import UnknownLanguageError
from outbox.languages import guess_language, language_of_person, remember_language

OLDER, NEWER = "c" * 32, "d" * 32


def kept(session: Session, conversation_id: str = OLDER) -> str | None:
    return session.get_one(ConversationRow, conversation_id).language


def test_a_guess_gives_way_to_what_is_known(session: Session) -> None:
    assert guess_language(session, OLDER, "nb")
    assert remember_language(session, OLDER, "nn")
    assert not guess_language(session, OLDER, "nb")
    assert kept(session) == "nn"


def test_the_same_language_again_changes_nothing(session: Session) -> None:
    remember_language(session, OLDER, "nn")
    assert not remember_language(session, OLDER, "nn")


def test_other_languages_are_refused(session: Session) -> None:
    for function in (remember_language, guess_language):
        with pytest.raises(UnknownLanguageError):
            function(session, OLDER, "se")


def test_an_unknown_conversation_has_no_language(session: Session) -> None:
    assert not remember_language(session, "f" * 32, "nn")
    assert not guess_language(session, "f" * 32, "nn")


def test_a_person_writes_as_in_the_newest_conversation_that_tells(session: Session) -> None:
    assert language_of_person(session, "E1") == "nb"
    remember_language(session, OLDER, "nn")
    assert language_of_person(session, "E1") == "nn"
    remember_language(session, NEWER, "nb")
    assert language_of_person(session, "E1") == "nb"
