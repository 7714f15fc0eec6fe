"""What may still be fetched of each site: in this crawl, on this day, at this time of the day."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from crawler.config import Site

_WINDOW = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)(?:\s+(\S+))?")


@dataclass(frozen=True, slots=True)
class Window:
    """The hours in which a site may be asked; they may go over midnight. The end does not belong to them."""

    begins: time
    ends: time
    zone: str = "UTC"

    @classmethod
    def parse(cls, text: str) -> Window:
        """ "22:00-06:00" in UTC, or "22:00-06:00 Europe/Berlin".

        :raises ValueError: it is no such text; it says why.
        """
        found = _WINDOW.fullmatch(text.strip())
        if found is None:
            raise ValueError("it must be two times of the day")
        begins, ends = (_time(found[n], found[n + 1]) for n in (1, 3))
        if begins == ends:
            raise ValueError("it ends when it begins")
        zone = found[5] or "UTC"
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{zone!r} is no time zone") from None
        return cls(begins, ends, zone)

    def is_open(self, now: datetime) -> bool:
        """`now`: aware."""
        local = now.astimezone(ZoneInfo(self.zone)).time()
        if self.begins < self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends


def _time(hours: str, minutes: str) -> time:
    if int(hours) == 24 and minutes != "00":
        raise ValueError("no day is longer than 24:00")
    return time(int(hours) % 24, int(minutes))


class Allowance:
    """Counts what is handed out of each site, and says when there may be no more."""

    def __init__(self, sites: Mapping[int, Site], pages_of_day: Callable[[int, datetime], int]) -> None:
        """`pages_of_day` tells how many pages of a site were asked for on the day of a time."""
        self._sites, self._pages_of_day = sites, pages_of_day
        self._in_crawl: Counter[int] = Counter()
        self._on_day: dict[tuple[int, date], int] = {}
        self._windows = {n: Window.parse(site.window) for n, site in sites.items() if site.window}
        self.ended: dict[
            int, str
        ] = {}  # why nothing more is handed out of a site: max_pages, or a line for people

    def holds(self, site_id: int, now: datetime) -> bool:
        """Whether something of this site may be handed out now."""
        why = self._why_not(site_id, now)
        if why is None:
            self.ended.pop(site_id, None)
        else:
            self.ended[site_id] = why
        return why is None

    def _why_not(self, site_id: int, now: datetime) -> str | None:
        site = self._sites[site_id]
        if self._in_crawl[site_id] >= site.max_pages:
            return "max_pages"
        window = self._windows.get(site_id)
        if window is not None and not window.is_open(now):
            return f"outside its window ({site.window})"
        if site.max_pages_a_day is not None and self._today(site_id, now) >= site.max_pages_a_day:
            return f"max_pages_a_day ({site.max_pages_a_day}) is reached"
        return None

    def handed_out(self, site_id: int, now: datetime) -> None:
        """A page is asked for."""
        self._in_crawl[site_id] += 1
        if self._sites[site_id].max_pages_a_day is not None:
            self._on_day[site_id, _day(now)] = self._today(site_id, now) + 1

    def _today(self, site_id: int, now: datetime) -> int:
        key = (site_id, _day(now))
        if key not in self._on_day:  # what this crawl asks for from now on is counted here, what was before there
            self._on_day[key] = self._pages_of_day(site_id, now)
        return self._on_day[key]


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()
