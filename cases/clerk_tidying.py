"""Taking away what nobody needs any more."""

from cases.clerk import Clerk
from cases.retention import Retention
from outbox.pictures import PictureStore

PICTURE_DAYS = 30


def tidy(clerk: Clerk) -> int:
    """Delete old charts, which are drawn anew when somebody asks, and anonymise cases whose time has come."""
    charts = PictureStore(clerk.sessions, clerk.clock).purge(PICTURE_DAYS)
    return charts + Retention(clerk.sessions, clerk.clock).run().total
