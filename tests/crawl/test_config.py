"""sites.toml: what people write, what may be wrong with it, and what `broadsheet add` changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archive.errors import ConfigInvalid
from crawler import config
from crawler.config import Site
from crawler.run import choose_sites

GOOD = """\
# my archive
contact = "me@example.org"   # my address

[sites.gazette]
title = "The Gazette"
url = "HTTPS://www.Gazette.example"  # the front page
feeds = ["https://www.gazette.example/rss.xml?utm_source=x"]
delay_s = 2
concurrency = 2
max_pages = 50
max_depth = 0
include = ['/news/']
exclude = ['/video/', '\\.pdf$']
hosts = ["Media.Gazette.example", "gazette.example:8080"]
allow_addresses = ["loopback", "10.0.0.0/8"]

# the other one
[sites."the ledger"]
url = "http://ledger.example/"
"""


def written(folder: Path, text: str) -> Path:
    (folder / config.FILE).write_text(text, encoding="utf-8")
    return folder


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    found = config.load(written(tmp_path, GOOD))
    assert found.contact == "me@example.org"
    assert found.sites["gazette"] == Site(
        name="gazette",
        url="https://www.gazette.example/",
        title="The Gazette",
        feeds=("https://www.gazette.example/rss.xml",),
        delay_s=2,
        concurrency=2,
        max_pages=50,
        max_depth=0,
        include=("/news/",),
        exclude=("/video/", r"\.pdf$"),
        hosts=("media.gazette.example", "gazette.example:8080"),
        allow_addresses=("loopback", "10.0.0.0/8"),
    )
    assert found.sites["the ledger"] == Site(name="the ledger", url="http://ledger.example/")
    scope = found.sites["gazette"].scope(also=("new.example",))
    assert scope.hosts == ("www.gazette.example", "media.gazette.example", "gazette.example:8080", "new.example")


def test_none_is_empty_and_a_folder_is_an_error(tmp_path: Path) -> None:
    assert config.load(tmp_path) == config.Config()
    (tmp_path / config.FILE).mkdir()
    with pytest.raises(ConfigInvalid, match="directory"):
        config.load(tmp_path)


def site(line: str, url: str = 'url = "https://a.example/"') -> str:
    return f"[sites.a]\n{url}\n{line}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("contact = 'me'\nsites = \n", "at line 2"),
        ("sites = 3", "[sites.NAME]"),
        ("contact = 3", "contact must be a text"),
        ("[site.a]\n", "unknown word 'site'"),
        ("[sites]\na = 3", "[sites.a] must be a table"),
        ("[sites.a]\n", "[sites.a] needs url"),
        (site("", url='url = "a.example"'), "[sites.a] needs url"),
        (site("", url="url = 3"), "[sites.a] url must be a text"),
        (site("delay = 3"), "[sites.a] unknown word 'delay' (known: allow_addresses, "),
        (site('delay_s = "1"'), "[sites.a] delay_s must be a number"),
        (site("delay_s = true"), "[sites.a] delay_s must be a number"),
        (site("delay_s = -1"), "[sites.a] delay_s must be at least 0"),
        (site("max_pages_a_day = 0"), "[sites.a] max_pages_a_day must be at least 1"),
        (site("max_variants = 0"), "[sites.a] max_variants must be at least 1"),
        (site('window = "night"'), "[sites.a] window: 'night': it must be two times of the day (write"),
        (site('window = "22:00-06:00 Mars"'), "[sites.a] window: '22:00-06:00 Mars': 'Mars' is no time zone"),
        (site('respect = ["politeness"]'), "[sites.a] respect: 'politeness' is no signal (known: noarchive, "),
        (site('respect = ["robots:two words"]'), "[sites.a] respect: 'robots:two words' is no signal"),
        (site('respect = "noai"'), "[sites.a] respect must be a list of texts"),
        (site("delay_s = nan"), "[sites.a] delay_s must be at least 0"),
        (site("delay_s = inf"), "[sites.a] delay_s must be"),
        (site("concurrency = 1.5"), "[sites.a] concurrency must be a whole number"),
        (site("concurrency = 0"), "[sites.a] concurrency must be at least 1"),
        (site("max_pages = 0"), "[sites.a] max_pages must be at least 1"),
        (site('feeds = "https://a.example/rss"'), "[sites.a] feeds must be a list of texts"),
        (site("feeds = [3]"), "[sites.a] feeds must be a list of texts"),
        (site('feeds = ["/rss"]'), "[sites.a] feeds: '/rss' is no http(s) address"),
        (site("include = ['(']"), "[sites.a] include: '(' is no regular expression"),
        (site('hosts = ["https://b.example/"]'), "[sites.a] hosts: 'https://b.example/' is no host"),
        (site('hosts = [""]'), "[sites.a] hosts: '' is no host"),
        (site('allow_addresses = ["home"]'), "[sites.a] allow_addresses: 'home' is no address"),
    ],
)
def test_what_cannot_be_is_named_with_file_site_and_word(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid) as raised:
        config.load(written(tmp_path, text))
    assert str(raised.value).startswith(f"{tmp_path / config.FILE}: ")
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / config.FILE).write_bytes(b'contact = "\xff"')
    with pytest.raises(ConfigInvalid):
        config.load(tmp_path)


def test_comments_and_order_survive_every_change(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    new = Site(
        "courier", "https://courier.example/", title='The "C"', feeds=("https://courier.example/a",), delay_s=3.0
    )
    more = Site(
        "gazette", "https://other.example/", feeds=("https://www.gazette.example/rss.xml", "https://x.example/2")
    )
    assert config.add_sites(tmp_path, [new, more]) == ["courier", "gazette"]
    config.write_new(tmp_path, "you@example.org")
    text = (tmp_path / config.FILE).read_text()
    for comment in ("# my archive", "# my address", "# the front page", "# the other one"):
        assert comment in text
    assert text.index("[sites.gazette]") < text.index("the ledger") < text.index("[sites.courier]")
    found = config.load(tmp_path)
    assert found.contact == "you@example.org"
    assert found.sites["courier"] == new
    assert found.sites["gazette"].url == "https://www.gazette.example/"  # what a person wrote stays
    assert "https://x.example/2" in found.sites["gazette"].feeds
    assert not list(tmp_path.glob("*.new"))


def test_adding_what_is_there_changes_nothing(tmp_path: Path) -> None:
    known = Site("a", "https://a.example/", feeds=("https://a.example/rss",))
    assert config.add_sites(tmp_path, [known]) == ["a"]
    before = (tmp_path / config.FILE).read_bytes()
    assert config.add_sites(tmp_path, [known]) == []
    assert (tmp_path / config.FILE).read_bytes() == before


def test_a_new_file_explains_itself_and_can_be_read(tmp_path: Path) -> None:
    config.write_new(tmp_path, None)
    assert config.load(tmp_path) == config.Config()
    text = (tmp_path / config.FILE).read_text()
    assert all(f"#   {word} = " in text for word in config.KINDS)
    example = "".join(line.removeprefix("#   ") for line in text.splitlines(True) if line.startswith("#   "))
    example = example[example.index("[sites.example]") :]
    written(tmp_path, example)
    assert config.load(tmp_path).sites["example"].delay_s == 1.0
    config.write_new(tmp_path, "me@example.org")
    assert config.load(tmp_path).contact == "me@example.org"


def test_names_of_sites() -> None:
    assert config.site_name("https://www.News.example.org/x") == "news-example-org"
    assert config.site_name("http://127.0.0.1:8080/") == "127-0-0-1-8080"
    taken = {"a-example": Site("a-example", "https://a.example/")}
    assert config.site_name("https://a.example/other", taken) == "a-example"
    taken = {"a-example": Site("a-example", "https://elsewhere.example/")}
    assert config.site_name("https://a.example/", taken) == "a-example-2"


def test_a_url_belongs_to_the_site_that_has_its_host() -> None:
    video = Site("video", "https://www.example.org/video/", include=("/video/",))
    paper = Site("paper", "https://example.org/", exclude=("/video/", "/live/"), hosts=("media.example.net",))
    sites = [video, paper, Site("other", "https://other.example/")]
    for url, site in (
        ("https://example.org/2026/story", paper),  # in its scope, not in that of the first
        ("https://www.example.org/video/1", video),
        ("https://www.example.org/video/", video),  # its front page
        ("https://example.org/", paper),
        ("https://www.media.example.net/live/1", paper),  # excluded, but nobody else's
        ("https://example.org/report.pdf", video),  # in nobody's scope: the first
    ):
        assert config.site_of(url, sites) == site
    assert config.site_of("https://example.com/", sites) is None


def test_a_page_that_its_site_excludes_is_fetched_as_the_site_says() -> None:
    site = Site("paper", "https://www.example.org/", exclude=("/video/",), delay_s=10.0, respect=("noarchive",))
    known = {"paper": site.url, "example-org": "https://example.org/old"}
    for url in ("https://example.org/video/1", "https://www.example.org/report.pdf"):
        chosen = choose_sites(config.Config(sites={"paper": site}), [url], known)
        assert (chosen.sites, chosen.pages) == ((site,), {"paper": [url]})
    front = choose_sites(config.Config(sites={"paper": replace(site, include=("/news/",))}), [site.url])
    assert (front.pages, front.now) == ({}, {"paper"})
