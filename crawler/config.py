"""`sites.toml`: what an archive follows, written for people; comments survive every change made here."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import tomlkit

from archive.alarms import ADVICE, ARCHIVE_WIDE
from archive.errors import ConfigInvalid, UsageError
from archive.identity import checked_archive_id
from archive.optout import OF_ROBOTS, SIGNALS
from archive.robots import token_of
from archive.scope import Scope
from archive.store.visits import Schedule
from archive.urls import host_of, normalise, same_site
from crawler.addresses import parse_networks
from crawler.allowance import Window

FILE = "sites.toml"
HEADER = """\
# What this archive follows. Edit freely: comments and order are kept when `broadsheet add` writes here.
#
# contact     goes into the User-Agent of every request, so that publishers can reach you: an e-mail
#             address or a web page about your archive.
# archive_id  what citations call this archive; best a host name of yours: "news.example.org".
#
# One table a site, for example:
#
#   [sites.example]
#   title = "The Example"
#   url = "https://www.example.org/"          # the front page
#   feeds = ["https://www.example.org/rss.xml"]
#   sections = ["https://www.example.org/politics"]  # pages that list articles, asked as often as feeds
#   delay_s = 1.0          # seconds between two requests; a longer Crawl-delay in robots.txt wins
#   concurrency = 1        # requests in flight at once
#   max_pages = 10000      # pages fetched in one crawl
#   max_pages_a_day = 500  # pages fetched on one day of UTC, in all crawls; without it as many as there are
#   window = "22:00-06:00 Europe/Berlin"  # only at these hours; without a zone in UTC
#   max_depth = 5          # links followed from the front page
#   max_variants = 500     # pages followed of one path with ever new queries (?view=1, ?view=2 ...), or of one
#                          # calendar, beyond those that show an article each
#   sitemap_days = 30      # sitemaps of an index that have not changed for longer stay out; 0: none does
#   include = []           # regular expressions on the URL: only these ...
#   exclude = ['/video/']  # ... and never those
#   hosts = []             # more hosts that belong to the site
#   requisites = false     # true: also the pictures, styles and fonts of pages, for replay
#   every = ["15m", "6h"]  # least and longest time between two visits of a feed, section or front page
#   revisit = ["1h", "6h", "1d", "7d", "30d"]  # ages at which articles are looked at again; [] for never
#   respect = []           # do not keep pages whose publisher says so: "noarchive", "noai", "noimageai", "noindex",
#                          # "tdm-reservation", or "robots:gptbot" for what robots.txt forbids an agent
#   allow_addresses = []   # private addresses it may use: "loopback", "10.0.0.0/8"
#   quiet = []             # alarms of `broadsheet status` not to raise: "no-new-articles", "field-missing:authors"
"""


@dataclass(frozen=True, slots=True)
class Site:
    """One entry of sites.toml; the words are explained in the file's own head."""

    name: str
    url: str
    title: str | None = None
    feeds: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    delay_s: float = 1.0
    concurrency: int = 1
    max_pages: int = 10_000
    max_pages_a_day: int | None = None
    window: str | None = None
    max_depth: int = 5
    max_variants: int = 500
    sitemap_days: int = 30
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    allow_addresses: tuple[str, ...] = ()
    requisites: bool = False
    respect: tuple[str, ...] = ()
    every: tuple[str, ...] = ("15m", "6h")
    revisit: tuple[str, ...] = ("1h", "6h", "1d", "7d", "30d")
    quiet: tuple[str, ...] = ()

    def schedule(self) -> Schedule:
        """How often it is visited."""
        least, most = map(seconds, self.every)
        return Schedule(least, most, tuple(sorted(map(seconds, self.revisit))))

    def scope(self, also: tuple[str, ...] = ()) -> Scope:
        """`also`: hosts that the front page redirects to."""
        hosts = dict.fromkeys((host_of(self.url), *self.hosts, *also))
        return Scope(
            tuple(hosts), self.include, self.exclude, self.max_depth, self.requisites, self.max_variants,
            self.sitemap_days,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Config:
    contact: str | None = None
    sites: dict[str, Site] = field(default_factory=dict)


LISTINGS = ("feeds", "sections")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
DURATION = re.compile(r"(\d{1,6})([smhdw])")
KINDS: dict[str, Any] = {
    "url": str, "title": str, "delay_s": (int, float), "concurrency": int, "max_pages": int, "max_depth": int,
    "max_pages_a_day": int, "max_variants": int, "window": str, "sitemap_days": int, "feeds": list, "sections": list,
    "include": list, "exclude": list, "hosts": list, "allow_addresses": list, "requisites": bool, "every": list,
    "revisit": list, "respect": list, "quiet": list,
}  # fmt: skip
WORDS = {
    str: "a text",
    int: "a whole number",
    list: "a list of texts",
    (int, float): "a number",
    bool: "true or false",
}


def load(folder: Path) -> Config:
    """sites.toml of an archive; a missing file is an empty one. Raises ConfigInvalid with file and place."""
    path = folder / FILE
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Config()
    except OSError as e:
        raise ConfigInvalid(f"{path}: {e.strerror}") from e
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise ConfigInvalid(f"{path}: {e}") from e
    sites = data.get("sites", {})
    unknown = set(data) - {"contact", "archive_id", "sites"}
    if unknown:
        raise ConfigInvalid(
            f"{path}: unknown word {sorted(unknown)[0]!r}", hint="contact, archive_id and [sites.NAME] are known"
        )
    checked_archive_id(data.get("archive_id"), path)
    contact = data.get("contact") or None
    if not isinstance(sites, dict) or (contact is not None and not isinstance(contact, str)):
        raise ConfigInvalid(f"{path}: contact must be a text and every site a table [sites.NAME]")
    return Config(contact, {name: _site(path, name, entry) for name, entry in sites.items()})


def _site(path: Path, name: str, entry: object) -> Site:
    where = f"{path}: [sites.{name}]"
    if not isinstance(entry, dict):
        raise ConfigInvalid(f"{where} must be a table")
    for key, value in entry.items():
        if key not in KINDS:
            raise ConfigInvalid(f"{where} unknown word {key!r}", hint=f"known: {', '.join(sorted(KINDS))}")
        kind = KINDS[key]
        good = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if kind is list:
            good = good and all(isinstance(x, str) for x in value)
        if not good:
            raise ConfigInvalid(f"{where} {key} must be {WORDS[kind]}")
    if normalise(entry.get("url", "")) is None:
        raise ConfigInvalid(f"{where} needs url, the address of its front page (http or https)")
    _check_values(where, entry)
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
    }
    values |= {"name": name, "url": normalise(entry["url"])}
    for key in LISTINGS:
        values[key] = tuple(filter(None, map(normalise, entry.get(key, ()))))
    values["respect"] = tuple(text.lower() for text in entry.get("respect", ()))
    values["hosts"] = tuple(host_of(f"http://{host}") for host in entry.get("hosts", ()))
    return Site(**values)


def _check_values(where: str, entry: dict[str, Any]) -> None:
    for key, least in (
        ("delay_s", 0),
        ("concurrency", 1),
        ("max_pages", 1),
        ("max_pages_a_day", 1),
        ("max_depth", 0),
        ("max_variants", 1),
        ("sitemap_days", 0),
    ):
        if key in entry and not least <= entry[key] < 1e9:
            raise ConfigInvalid(f"{where} {key} must be at least {least}")
    for key in ("include", "exclude"):
        for pattern in entry.get(key, []):
            try:
                re.compile(pattern)
            except re.error as e:
                raise ConfigInvalid(f"{where} {key}: {pattern!r} is no regular expression: {e}") from e
    for key in LISTINGS:
        for url in entry.get(key, []):
            if normalise(url) is None:
                raise ConfigInvalid(f"{where} {key}: {url!r} is no http(s) address")
    for host in entry.get("hosts", []):
        if normalise(f"http://{host}") != f"http://{host_of(f'http://{host}')}/":
            raise ConfigInvalid(f"{where} hosts: {host!r} is no host", hint='write "news.example.org"')
    for key in ("every", "revisit"):
        for text in entry.get(key, []):
            if not DURATION.fullmatch(text):
                raise ConfigInvalid(f"{where} {key}: {text!r} is no time", hint='write "30m", "6h" or "7d"')
    if "every" in entry and (
        len(entry["every"]) != 2 or not 0 < seconds(entry["every"][0]) <= seconds(entry["every"][1])
    ):
        raise ConfigInvalid(f"{where} every must be the least and the longest time", hint='every = ["15m", "6h"]')
    for text in entry.get("respect", []):
        agent = text.removeprefix(OF_ROBOTS)
        if text not in SIGNALS and (agent == text or token_of(agent) != agent.lower()):
            known = ", ".join((*SIGNALS, f"{OF_ROBOTS}gptbot"))
            raise ConfigInvalid(f"{where} respect: {text!r} is no signal", hint=f"known: {known}")
    if "window" in entry:
        try:
            Window.parse(entry["window"])
        except ValueError as e:
            hint = 'write "22:00-06:00" or "22:00-06:00 Europe/Berlin"'
            raise ConfigInvalid(f"{where} window: {entry['window']!r}: {e}", hint=hint) from None
    for word in entry.get("quiet", []):
        if word.partition(":")[0] not in ADVICE.keys() - ARCHIVE_WIDE:
            known = ", ".join(sorted(ADVICE.keys() - ARCHIVE_WIDE))
            raise ConfigInvalid(f"{where} quiet: {word!r} is no alarm of a site", hint=f"known: {known}")
    try:
        parse_networks(entry.get("allow_addresses", []))
    except UsageError as e:
        raise ConfigInvalid(f"{where} allow_addresses: {e.message}", hint=e.hint) from e


def seconds(text: str) -> int:
    """ "15m" -> 900; s, m, h, d and w are known."""
    found = DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"no time: {text!r}")
    return int(found[1]) * UNITS[found[2]]


def site_of(url: str, sites: Iterable[Site]) -> Site | None:
    """The site that a URL belongs to by its host: first that whose front page it is, then one that has it in scope."""
    mine = [site for site in sites if same_site(host_of(url), site.scope().hosts)]
    return min(mine, key=lambda site: (site.url != url, site.scope().exclusion(url, 0) is not None), default=None)


def write_new(folder: Path, contact: str | None) -> None:
    """A new sites.toml with its explanation; an existing one only gets the contact."""
    path = folder / FILE
    if path.exists():
        if contact:
            document = _document(path)
            document["contact"] = contact
            _save(path, document)
        return
    document = tomlkit.parse(HEADER + "\n")
    document["contact"] = contact or ""
    _save(path, document)


def add_sites(folder: Path, sites: Sequence[Site], notes: Mapping[str, str] | None = None) -> list[str]:
    """Write entries, or add new feeds and sections to those that are there. -> the names of what has changed.

    `notes`: comments to stand beside feeds and sections, by their URL.
    """
    path = folder / FILE
    if not path.exists():
        write_new(folder, None)
    document = _document(path)
    if "sites" not in document:
        document["sites"] = tomlkit.table(is_super_table=True)
    changed = [site.name for site in sites if _enter(document["sites"], site, notes or {})]
    if changed:
        _save(path, document)
    return changed


def entry_text(site: Site, notes: Mapping[str, str]) -> str:
    """The entry of a site as it would stand in the file."""
    document = tomlkit.document()
    document["sites"] = tomlkit.table(is_super_table=True)
    _enter(document["sites"], site, notes)
    return tomlkit.dumps(document)


def _enter(table: Any, site: Site, notes: Mapping[str, str]) -> bool:
    if site.name not in table:
        table[site.name] = _entry(site, notes)
        return True
    entry, changed = table[site.name], False
    for word in LISTINGS:
        known = list(map(normalise, entry.get(word, [])))
        if new := [url for url in getattr(site, word) if url not in known]:
            changed = True
            if word in entry:
                _extend(entry[word], new, notes)
            else:
                entry[word] = _list(new, notes)
    return changed


def _entry(site: Site, notes: Mapping[str, str]) -> Any:
    table = tomlkit.table()
    default = {f.name: f.default for f in fields(Site)}
    for name in KINDS:
        value = getattr(site, name)
        if name == "url" or (value != default.get(name) and value is not None):
            table[name] = _list(value, notes) if isinstance(value, tuple) else value
    return table


def _list(values: Sequence[str], notes: Mapping[str, str]) -> Any:
    array = tomlkit.array()
    if any(value in notes for value in values):
        _extend(array, values, notes)
        return array
    array.extend(values)
    return array.multiline(len(values) > 1)


def _extend(array: Any, values: Sequence[str], notes: Mapping[str, str]) -> None:
    """Add a line for each value, with its note as a comment; lines and comments that are there stay."""
    on_lines = array.as_string().rstrip("]").endswith("\n")  # the bracket stands on a line of its own
    for value in values:
        array.add_line(value, comment=notes.get(value))
    if not on_lines:
        array.add_line(indent="")


def _document(path: Path) -> Any:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except Exception as e:
        raise ConfigInvalid(f"{path}: {e}") from e


def _save(path: Path, document: Any) -> None:
    new = path.with_suffix(".toml.new")
    new.write_text(tomlkit.dumps(document), encoding="utf-8")
    new.replace(path)


def site_name(url: str, taken: dict[str, Site] | None = None) -> str:
    """A short name for a site: its host without www., with hyphens for dots, e.g. "example-org"."""
    host = host_of(url).removeprefix("www.")
    name = base = re.sub(r"[^a-z0-9]+", "-", host).strip("-") or "site"
    number = 2
    while taken and name in taken and host_of(taken[name].url) != host_of(url):
        name, number = f"{base}-{number}", number + 1
    return name
