"""Every error a person can meet, one class each, with the exit code of the command line.

BroadsheetError 1
├── UsageError 2                 the command line itself (click's own code)
├── NotAnArchive 3               the folder or file is no Broadsheet archive
├── ArchiveTooNew 4              made by a newer version of Broadsheet
├── ArchiveLocked 5              another process writes; harmless in a crontab
├── StorageFailed 6              the disk is full or fails; what was acknowledged is safe
├── DamageFound 7                verify found bytes that are not what was written
├── NotFound 8                   no such article, site or record
├── BadInput 9                   a file or a URL that cannot be what it should be
├── ConfigInvalid 10             sites.toml or site rules say something that cannot be
├── ContactMissing 11            a crawl needs an address that publishers can write to
├── CaptureBypassed 12           responses would not pass the capture: refuse to start
├── AlarmsRaised 13              status found what a person should look at
├── NotAllowed 14                robots.txt does not allow what was asked about
├── FixturesDiffer 15            a page does not say what its fixture expects
├── ExtractionWorse 16           a change makes more pages worse than the thresholds allow
├── Drifted 17                   drift: a field of a site is read worse than before
├── CrawlStopped 130             somebody stopped the crawl; the next one goes on where it was
└── CrawlFailed 20               pages were lost for several reasons
    ├── HostNotResolved 21
    ├── SiteRefused 22           connection refused or reset, TLS refused, or 401/403
    ├── FetchTimedOut 23
    ├── PageTooLarge 24
    ├── AddressBlocked 25        a private address that nobody allowed
    ├── RobotsForbade 26         robots.txt forbids all that was asked for
    ├── ServerFailed 27          5xx or an answer that is no HTTP, also after the last try
    ├── ExtractionFailed 28      archived, but extraction crashed or ran out of time
    └── NotInReplay 29           nothing that a replayed crawl asked for is in its files
"""

from __future__ import annotations

from typing import ClassVar


class BroadsheetError(Exception):
    """One line that says what, where and what to do; `exit_code` is what the process leaves with."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(BroadsheetError):
    exit_code = 2


class NotAnArchive(BroadsheetError):
    exit_code = 3


class ArchiveTooNew(BroadsheetError):
    exit_code = 4


class ArchiveLocked(BroadsheetError):
    exit_code = 5


class StorageFailed(BroadsheetError):
    exit_code = 6


class DamageFound(BroadsheetError):
    exit_code = 7


class NotFound(BroadsheetError):
    exit_code = 8


class BadInput(BroadsheetError):
    exit_code = 9


class ConfigInvalid(BroadsheetError):
    exit_code = 10


class ContactMissing(BroadsheetError):
    exit_code = 11


class CaptureBypassed(BroadsheetError):
    exit_code = 12


class AlarmsRaised(BroadsheetError):
    exit_code = 13


class NotAllowed(BroadsheetError):
    exit_code = 14


class FixturesDiffer(BroadsheetError):
    exit_code = 15


class ExtractionWorse(BroadsheetError):
    exit_code = 16


class Drifted(BroadsheetError):
    exit_code = 17


class CrawlStopped(BroadsheetError):
    exit_code = 130


class CrawlFailed(BroadsheetError):
    exit_code = 20


class HostNotResolved(CrawlFailed):
    exit_code = 21


class SiteRefused(CrawlFailed):
    exit_code = 22


class FetchTimedOut(CrawlFailed):
    exit_code = 23


class PageTooLarge(CrawlFailed):
    exit_code = 24


class AddressBlocked(CrawlFailed):
    exit_code = 25


class RobotsForbade(CrawlFailed):
    exit_code = 26


class ServerFailed(CrawlFailed):
    exit_code = 27


class ExtractionFailed(CrawlFailed):
    exit_code = 28


class NotInReplay(CrawlFailed):
    exit_code = 29
