"""Which of the two written forms a conversation is in."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from organisation.tables import ConversationRow
from outbox.templates import check_language

DEFAULT = "nb"


def remember_language(session: Session, conversation_id: str, language: str) -> bool:
    """Keep the language of a conversation as its person last wrote it.

    Returns:
        Whether that is another than was kept; an unknown conversation changes nothing.

    Raises:
        UnknownLanguageError: the language is neither `nb` nor `nn`.
    """
    check_language(language)
    row = session.get(ConversationRow, conversation_id)
    if row is None or row.language == language:
        return False
    row.language = language
    return True


def guess_language(session: Session, conversation_id: str, language: str) -> bool:
    """Keep a language for a conversation of which nothing is known yet; else as `remember_language`."""
    row = session.get(ConversationRow, conversation_id)
    known = row is not None and row.language is not None
    return False if known else remember_language(session, conversation_id, language)


def language_of_person(session: Session, employee_id: str) -> str:
    """The language of somebody's newest conversation of which it is known; `nb` when there is none.

    For texts that are written before they are delivered. Where both can be made, give both (see `Notice`).
    """
    query = (
        select(ConversationRow.language)
        .where(ConversationRow.employee_id == employee_id, ConversationRow.language.is_not(None))
        .order_by(ConversationRow.created_at.desc(), ConversationRow.id)
        .limit(1)
    )
    return session.scalar(query) or DEFAULT
