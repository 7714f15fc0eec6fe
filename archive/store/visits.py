"""When a URL is asked again by schedule: listings as often as they bring something new, articles on a ladder of ages.

All of it follows from what was fetched when, so a rebuild comes to the same times: what looks like chance is a hash of
the URL. Times are RFC 3339 in UTC, seconds as whole numbers.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from archive.store.text import Moment, row, stamp
from archive.store.transaction import transaction
from archive.store.urls import FOLLOWED

if TYPE_CHECKING:
    from sqlite_utils import Database

MINUTE, HOUR, DAY = 60, 3600, 86_400
SITEMAPS = frozenset({"sitemap", "sitemap-index"})  # of feed.kind: long, and asked less often
QUICKER, SLOWER = 0.8, 1.5  # of the interval, after something new and after nothing new
RARER = 4  # the most between two visits of sitemaps: so many times that of other listings
SAME = 24  # a part of the time for which a listing has stayed the same it may well wait
RULES_OLD_S = 12 * HOUR  # then robots.txt is read again
GIVE_UP_S = 30 * DAY  # for so long a page must have failed, or a listing been gone, to be asked no more
LEAST_TRIES = 5  # in that time: between two of them it may have waited long for its turn
JITTER = 0.1
ENOUGH_VISITS = 50  # of articles of about one age, before anything is concluded
OFTEN, RARE = 0.1, 0.01  # edits a visit
CURVE_DAYS = 90  # that the curve of edits looks back

_CURVE = """WITH seen AS (
    SELECT unixepoch(captured_at) AS at, min(unixepoch(captured_at)) OVER (PARTITION BY url_id) AS first,
      coalesce(version.same_as, version.version_id) AS shown,
      lag(coalesce(version.same_as, version.version_id)) OVER (PARTITION BY url_id ORDER BY captured_at) AS before
    FROM url CROSS JOIN capture USING (url_id) JOIN version ON version.version_id = capture.version_id
    WHERE url.site_id = ?1 AND url.article_id IS NOT NULL AND url.first_seen >= ?2)
  SELECT at - first, shown <> before FROM seen WHERE before IS NOT NULL AND at > first"""
_OF_SITES = "site_id IN (SELECT value FROM json_each(:sites))"
_WAITS = "(state IN ('done', 'failed') OR state = 'excluded' AND excluded_by = 'robots')"
_DUE = f"next_visit <= :now AND {_OF_SITES} AND {_WAITS}"
ANY_DUE = f"SELECT 1 FROM url INDEXED BY url_next_visit WHERE {_DUE} LIMIT 1"
MAKE_DUE = f"""UPDATE url INDEXED BY url_next_visit
  SET state = 'due', excluded_by = NULL, attempts = 0, due_at = NULL, next_visit = NULL WHERE {_DUE}"""
LISTINGS_DUE = f"""UPDATE url INDEXED BY url_listing
  SET state = 'due', excluded_by = NULL, attempts = 0, due_at = NULL, next_visit = NULL
  WHERE kind IN ('front', 'section', 'feed') AND {_OF_SITES} AND {_WAITS}
    AND {FOLLOWED} AND (:since IS NULL OR last_fetch IS NULL OR last_fetch < :since)"""
FAILED_DUE = f"""UPDATE url SET state = 'due', attempts = 0, due_at = NULL, next_visit = NULL
  WHERE {_OF_SITES} AND state = 'failed'"""
NEXT_VISIT = f"""SELECT next_visit FROM url INDEXED BY url_next_visit
  WHERE next_visit IS NOT NULL AND {_OF_SITES} AND {_WAITS} ORDER BY next_visit LIMIT 1"""
SOONER = """UPDATE url INDEXED BY url_listing
  SET next_visit = min(next_visit, strftime('%Y-%m-%dT%H:%M:%SZ', last_fetch, :most))
  WHERE kind IN ('front', 'section', 'feed') AND site_id = :site AND next_visit IS NOT NULL
    AND last_fetch IS NOT NULL"""
# Since when, and how often, a URL was asked in vain: since the last answer; and as something that is gone.
_ASKED = """SELECT min(started_at), count(*) FROM attempt WHERE url_id = ?1 AND outcome <> 'stopped'
  AND attempt_id > coalesce((SELECT max(attempt_id) FROM attempt WHERE url_id = ?1 AND outcome __UNTIL__), 0)"""
_FAILING = _ASKED.replace("__UNTIL__", "IN ('archived', 'unchanged', 'redirect', 'gone')")
_GONE = _ASKED.replace("__UNTIL__", "NOT IN ('gone', 'stopped')")


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often a site is asked: its listings, and its articles at which ages after they were first captured."""

    least_s: int = 15 * MINUTE  # between two visits of a listing
    most_s: int = 2 * HOUR  # what is withdrawn sooner may be missed, and silence is told no sooner
    ladder_s: tuple[int, ...] = (HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY)

    def longest_s(self, kind: str, same_s: float) -> int:
        """The most between two visits of a listing of that kind which has listed the same for `same_s`.

        Sitemaps are long, and name what others name too.
        """
        live_s = RARER * self.most_s if kind in SITEMAPS else self.most_s
        return max(live_s, min(DAY, round(same_s / SAME)))

    @property
    def failing_s(self) -> int:
        """The most between two visits of a listing that fails."""
        return max(DAY, self.most_s)

    def ages_s(self, curve: Sequence[Sequence[int]], url: str) -> list[int]:
        """The ages at which this article is looked at, by what visits at those ages have found so far.

        An age at which edits are often found gets a second one before it; one at which hardly any were found is left
        out for three articles of four. `curve`: [age, visits, edits] for each rung, as `site.edit_curve` holds it.
        """
        found, before = list[int](), self.ladder_s[0] // 2 if self.ladder_s else 0
        counted = {age: (visits, edits) for age, visits, edits in curve}
        for rung in self.ladder_s:
            visits, edits = counted.get(rung, (0, 0))
            if visits >= ENOUGH_VISITS and edits > OFTEN * visits:
                found.append(round((before * rung) ** 0.5))
            if visits < ENOUGH_VISITS or edits >= RARE * visits or zlib.crc32(f"{rung} {url}".encode()) % 4 == 0:
                found.append(rung)
            before = rung
        return found


def dumps(schedule: Schedule) -> str:
    """What `site.schedule` holds."""
    return json.dumps(asdict(schedule))


def loads(text: str | None) -> Schedule:
    """The reverse; that of an archive from before there were schedules is the usual one."""
    if text is None:
        return Schedule()
    held = json.loads(text)
    return Schedule(int(held["least_s"]), int(held["most_s"]), tuple(map(int, held["ladder_s"])))


# Within the transaction of a commit.


@dataclass(frozen=True, slots=True)
class Listing:
    """What a visit of a listing brought."""

    kind: str  # feed.kind
    read: bool  # there was a listing, or it is as it was (304)
    new: int = 0  # URLs it listed that nobody had known, and that are not excluded


def after_listing(
    connection: sqlite3.Connection,
    schedule: Schedule,
    url_id: int,
    feed_id: int,
    at: str,
    visit: Listing,
    *,
    may_end: bool,
) -> None:
    """Learn from a visit how often a listing is worth asking, and enter when it is asked next.

    `may_end`: it is gone now, and is not asked any more once it has been for long.
    """
    interval_s, unchanged, failures, changed_at, url = connection.execute(
        """SELECT interval_s, unchanged, failures, coalesce(last_change, feed.first_seen), url
           FROM feed JOIN url USING (url_id) WHERE feed_id = ?""",
        (feed_id,),
    ).fetchone()
    if interval_s is None:
        interval_s = 6 * HOUR if visit.kind in SITEMAPS else HOUR
    elif visit.read:
        interval_s = round(interval_s * (QUICKER if visit.new else SLOWER))
    interval_s = max(schedule.least_s, min(interval_s, schedule.longest_s(visit.kind, _seconds(changed_at, at))))
    if visit.read:
        unchanged, failures = 0 if visit.new else unchanged + 1, 0
    else:
        failures += 1
    connection.execute(
        """UPDATE feed SET interval_s = ?, unchanged = ?, failures = ?, last_new = iif(?, ?, last_new)
           WHERE feed_id = ?""",
        (interval_s, unchanged, failures, visit.new, at, feed_id),
    )
    # Linear: at long intervals a doubling would soon mean never (Media Cloud's rss-fetcher learnt this).
    wait_s = interval_s if visit.read else min(interval_s * (1 + failures), schedule.failing_s)
    has_ended = may_end and _in_vain(connection, _GONE, url_id, at)[1]
    _enter(connection, url_id, at, None if has_ended else _shaken(wait_s, url, at))


def after_page(connection: sqlite3.Connection, schedule: Schedule, url_id: int, at: str, *, edited: bool) -> None:
    """Enter when an article is looked at again: at the next age of the ladder; sooner if it has just been edited."""
    first, before = connection.execute(  # its own capture has microseconds, `at` has none
        """SELECT min(captured_at), max(iif(substr(captured_at, 1, 19) < substr(?2, 1, 19), captured_at, NULL))
           FROM capture WHERE url_id = ?1""",
        (url_id, at),
    ).fetchone()
    url, curve = connection.execute(
        "SELECT url, edit_curve FROM url JOIN site USING (site_id) WHERE url_id = ?", (url_id,)
    ).fetchone()
    age_s = _seconds(first or at, at)
    ages_s = schedule.ages_s(json.loads(curve) if curve else (), url)
    wait_s = next((rung - age_s for rung in ages_s if rung > age_s + rung * JITTER), None)
    left_s = max(schedule.ladder_s, default=0) * (1 - JITTER) - age_s
    if edited and before is not None and left_s > 0:  # a page that is another at each visit ends as well
        again_s = min(max(schedule.ladder_s[0], _seconds(before, at)), left_s)
        wait_s = min(again_s, wait_s) if wait_s is not None else again_s
    _enter(connection, url_id, at, None if wait_s is None else _shaken(wait_s, url, at))


def after_nothing(connection: sqlite3.Connection, schedule: Schedule, url_id: int, at: str) -> None:
    """Enter when a listing is asked again that answered, but listed nothing."""
    (url,) = connection.execute("SELECT url FROM url WHERE url_id = ?", (url_id,)).fetchone()
    _enter(connection, url_id, at, _shaken(max(schedule.least_s, min(6 * HOUR, schedule.failing_s)), url, at))


def after_forbidden(connection: sqlite3.Connection, url_id: int, at: str) -> None:
    """Enter when a listing that robots.txt forbids is looked at again: once the rules are to be read anew.

    Where everything is forbidden nothing else would ever ask for robots.txt; once it allows, the rest is due again.
    """
    (url,) = connection.execute("SELECT url FROM url WHERE url_id = ?", (url_id,)).fetchone()
    _enter(connection, url_id, at, _shaken(RULES_OLD_S / (1 - JITTER), url, at))


def after_failure(
    connection: sqlite3.Connection, schedule: Schedule, url_id: int, at: str, *, may_end: bool
) -> None:
    """Enter when what could not be had is tried again: the longer it has failed, the later.

    `may_end`: it is no listing that is followed, and is given up one day.
    """
    (url,) = connection.execute("SELECT url FROM url WHERE url_id = ?", (url_id,)).fetchone()
    failing_s, has_ended = _in_vain(connection, _FAILING, url_id, at)
    wait_s = min(max(HOUR, failing_s), 7 * DAY if may_end else schedule.failing_s)
    _enter(connection, url_id, at, None if has_ended and may_end else _shaken(wait_s, url, at))


def _in_vain(connection: sqlite3.Connection, sql: str, url_id: int, at: str) -> tuple[float, bool]:
    """For how many seconds a URL has been asked in vain, and whether that is enough."""
    since, tries = connection.execute(sql, (url_id,)).fetchone()
    asked_s = _seconds(since or at, at)
    return asked_s, asked_s > GIVE_UP_S and tries >= LEAST_TRIES


def _enter(connection: sqlite3.Connection, url_id: int, at: str, wait_s: float | None) -> None:
    when = None if wait_s is None else stamp(moment(at) + timedelta(seconds=round(wait_s)))
    connection.execute("UPDATE url SET next_visit = ? WHERE url_id = ?", row(when, url_id))


def _shaken(seconds: float, url: str, at: str) -> float:
    """Up to a tenth less or more, so that what began together does not stay so."""
    share = zlib.crc32(f"{url} {at}".encode("utf-8", "replace")) / 2**32
    return seconds * (1 - JITTER + 2 * JITTER * share)


def _seconds(earlier: str, later: str) -> float:
    return max(0.0, (moment(later) - moment(earlier)).total_seconds())


def moment(text: str) -> datetime:
    """Also of a WARC-Date without a time or a day (ISO 28500 clause 5.4)."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = datetime.fromisoformat({4: f"{text}-01-01", 7: f"{text}-01"}.get(len(text), text[:19]))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# For crawls.


def any_due(db: Database, now: Moment, site_ids: Sequence[int]) -> bool:
    """Whether the time of some URL has come."""
    parameters = {"now": stamp(now), "sites": json.dumps(list(site_ids))}
    return db.conn.execute(ANY_DUE, parameters).fetchone() is not None


def make_due(db: Database, now: Moment, site_ids: Sequence[int]) -> int:
    """Make due whose time has come -> how many URLs."""
    with transaction(db) as connection:
        parameters = {"now": stamp(now), "sites": json.dumps(list(site_ids))}
        return connection.execute(MAKE_DUE, parameters).rowcount


def make_listings_due(db: Database, site_ids: Sequence[int], since: Moment | None = None) -> int:
    """Make front pages, section pages, feeds and what failed due now, whatever the schedule says -> how many.

    Listings fetched at `since` or later are left alone: a resumed crawl has them already. So are those that wait
    for another try, and those excluded.
    """
    with transaction(db) as connection:
        parameters = {"sites": json.dumps(list(site_ids)), "since": stamp(since) if since is not None else None}
        return (
            connection.execute(LISTINGS_DUE, parameters).rowcount
            + connection.execute(FAILED_DUE, {"sites": parameters["sites"]}).rowcount
        )


def next_visit(db: Database, site_ids: Sequence[int]) -> str | None:
    """The earliest time of any URL of these sites; None if none is to be asked again."""
    found = db.conn.execute(NEXT_VISIT, {"sites": json.dumps(list(site_ids))}).fetchone()
    return str(found[0]) if found else None


def ids_of(db: Database, names: Sequence[str]) -> list[int]:
    """The numbers of these sites, of those that are known."""
    found = db.conn.execute(
        "SELECT site_id FROM site WHERE name IN (SELECT value FROM json_each(?))", (json.dumps(list(names)),)
    )
    return [site_id for (site_id,) in found]


def crawled(db: Database, crawl_id: int) -> list[int]:
    """The sites of which a crawl has fetched something."""
    found = db.conn.execute(
        "SELECT DISTINCT site_id FROM attempt JOIN url USING (url_id) WHERE attempt.crawl_id = ? ORDER BY 1",
        (crawl_id,),
    )
    return [site_id for (site_id,) in found]


def schedule_of(connection: sqlite3.Connection, site_id: int) -> Schedule:
    """How a site is visited."""
    (text,) = connection.execute("SELECT schedule FROM site WHERE site_id = ?", (site_id,)).fetchone()
    return loads(text)


def set_schedule(db: Database, site_id: int, schedule: Schedule) -> None:
    """Keep how a site is visited; a listing need not wait for its turn longer than that allows."""
    with transaction(db) as connection:
        text = dumps(schedule)
        changed = connection.execute(
            "UPDATE site SET schedule = ?1 WHERE site_id = ?2 AND schedule IS NOT ?1", (text, site_id)
        ).rowcount
        if changed:
            connection.execute(SOONER, {"site": site_id, "most": f"+{schedule.most_s} seconds"})


def learn(db: Database, site_ids: Sequence[int], now: Moment) -> None:
    """Count, once a day for each site, how often visits of articles found an edit at which age."""
    at = moment(stamp(now))
    with transaction(db) as connection:
        for site_id in site_ids:
            schedule = schedule_of(connection, site_id)
            (counted_at,) = connection.execute(
                "SELECT edit_curve_at FROM site WHERE site_id = ?", (site_id,)
            ).fetchone()
            if not schedule.ladder_s or (counted_at and _seconds(counted_at, stamp(now)) < DAY):
                continue
            curve = {rung: [rung, 0, 0] for rung in schedule.ladder_s}
            since = stamp(at - timedelta(days=CURVE_DAYS))
            for age_s, edited in connection.execute(_CURVE, (site_id, since)):
                nearest = min(curve, key=lambda rung: max(rung, age_s) / max(1, min(rung, age_s)))
                curve[nearest][1] += 1
                curve[nearest][2] += edited
            connection.execute(
                "UPDATE site SET edit_curve = ?, edit_curve_at = ? WHERE site_id = ?",
                (json.dumps(list(curve.values())), stamp(now), site_id),
            )
