"""Pictures in the chat. Each is shown in the conversation that it was made for, and in no other."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import CursorResult, delete, select

from database.clock import Clock
from database.engine import SessionFactory, reading
from outbox.errors import InvalidPictureError
from outbox.tables import PictureRow

MEDIA_TYPE = "image/png"
MAX_BYTES = 2 * 1024 * 1024  # a chart of matplotlib has about 50 kB
MAX_ALT_CHARS = 10_000  # every group and its number, also when there are many
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Picture:
    """A picture for light and dark surroundings.

    Attributes:
        media_type: always `image/png`.
        alt: what it shows, in words.
    """

    media_type: str
    light: bytes = field(repr=False)
    dark: bytes = field(repr=False)
    alt: str


class PictureStore:
    """Keeps pictures in the database. Each call is one transaction."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def put(self, conversation_id: str, light_png: bytes, dark_png: bytes, alt: str) -> str:
        """Keep a picture for a conversation.

        Returns:
            Its id, 32 url-safe characters that nobody can guess.

        Raises:
            InvalidPictureError: a variant is no PNG or larger than 2 MiB, or the words are missing.
            sqlalchemy.exc.IntegrityError: there is no such conversation.
        """
        for png in (light_png, dark_png):
            if not png.startswith(_PNG) or len(png) > MAX_BYTES:
                raise InvalidPictureError(f"wants PNG of at most {MAX_BYTES} bytes")
        if not 1 <= len(alt.strip()) <= MAX_ALT_CHARS:
            raise InvalidPictureError(f"wants 1 to {MAX_ALT_CHARS} characters that tell what it shows")
        row = PictureRow(
            id=secrets.token_urlsafe(24),
            conversation_id=conversation_id,
            media_type=MEDIA_TYPE,
            light=light_png,
            dark=dark_png,
            alt=alt.strip(),
            created_at=self._clock(),
        )
        with self._sessions.begin() as session:
            session.add(row)
        return row.id

    def get(self, picture_id: str, conversation_id: str) -> Picture | None:
        """A picture of a conversation; None when there is none, or it is another conversation's."""
        query = select(PictureRow).where(
            PictureRow.id == picture_id, PictureRow.conversation_id == conversation_id
        )
        with reading(self._sessions) as session:
            row = session.scalar(query)
        return Picture(row.media_type, row.light, row.dark, row.alt) if row else None

    def purge(self, days: int) -> int:
        """Delete pictures that are older than so many days, and count them."""
        limit = self._clock() - timedelta(days=days)
        with self._sessions.begin() as session:
            result = session.execute(delete(PictureRow).where(PictureRow.created_at < limit))
        return result.rowcount if isinstance(result, CursorResult) else 0
