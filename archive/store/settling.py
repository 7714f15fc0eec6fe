"""What is learnt from many articles together, brought up to date when pages have come or gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.store import furniture, stories
from archive.store.furniture import Settled
from archive.store.text import Moment

if TYPE_CHECKING:
    from sqlite_utils import Database


def settle(db: Database, site_id: int | None = None, *, now: Moment) -> list[Settled]:
    """The furniture of a site, or of all that have got new pages; then the stories, which are compared without it.

    Doing it twice changes nothing. The caller holds the writer's lock.

    :raises StorageFailed: the disk is full or fails.
    """
    settled = furniture.settle(db, site_id, now=now)
    stories.settle(db)
    return settled
