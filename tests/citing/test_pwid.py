"""PWID URNs: of the registered syntax, and back to the address and time they were made of."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import BadInput, ConfigInvalid
from archive.identity import archive_id
from archive.pwid import is_archive_id, make_pwid, parse_pwid, to_archive_id
from archive.urls import normalise
from crawler import config

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC)
# RFC 8141 section 2: urn:NID:NSS, NSS = pchar *(pchar / "/"), without r-, q- and f-components.
URN = re.compile(r"urn:pwid:(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})+")


@pytest.mark.parametrize(
    ("url", "item"),
    [
        ("https://x.example/a", "https://x.example/a"),
        ("https://x.example/?a=1&b=c_d~", "https://x.example/%3Fa=1&b=c_d~"),
        ("https://[::1]:8080/", "https://%5B::1%5D:8080/"),
        ("https://x.example/%C3%A9", "https://x.example/%C3%A9"),
        ("https://x.example/é {x}|\\", "https://x.example/%C3%A9%20%7Bx%7D%7C%5C"),
        ("https://x.example/100%", "https://x.example/100%25"),
    ],
)
def test_a_pwid_is_a_urn(url: str, item: str) -> None:
    pwid = make_pwid("archive.example", MOMENT, url)
    assert pwid == f"urn:pwid:archive.example:2026-01-02T03:04:05Z:part:{item}"
    assert URN.fullmatch(pwid)
    parts = parse_pwid(pwid)
    assert parts is not None
    assert (parts.archive_id, parts.coverage) == ("archive.example", "part")
    assert parts.names(url, MOMENT)
    assert not parts.names(url + "x", MOMENT)
    assert not parts.names(url, MOMENT + timedelta(seconds=1))


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_of_any_address_the_pwid_is_a_urn_that_names_it(path: str) -> None:
    for url in (f"https://x.example/{path}", normalise(f"https://x.example/{path}")):
        if url is None:
            continue
        pwid = make_pwid("x", MOMENT, url)
        assert URN.fullmatch(pwid)
        parts = parse_pwid(pwid)
        assert parts is not None and parts.names(url, MOMENT)
        if normalise(url) == url:
            assert url in parts.urls


@pytest.mark.parametrize(
    "text",
    [
        "URN:PWID:netarkivet.dk:2018-12-10T06:27:01Z:PART:https://www.dr.example/?a=b",
        "urn:pwid:netarkivet.dk:2018-12-10T06:27:01Z:page:https://www.dr.example/%3Fa=b",
        "urn:pwid:netarkivet.dk:2018-12-10T06:27:01Z:part:https%3A%2F%2Fwww.dr.example%2F%3Fa%3Db",
        "urn:pwid:netarkivet.dk:2018-12-10T06:27:01.5Z:part:https://www.dr.example/?a=b",
    ],
)
def test_pwids_as_others_write_them(text: str) -> None:
    """Without an encoding (SolrWayback), with ours, and with all encoded (UK Web Archive)."""
    parts = parse_pwid(text)
    assert parts is not None
    local = datetime(2018, 12, 10, 7, 27, 1, tzinfo=timezone(timedelta(hours=1)))
    assert parts.names("https://www.dr.example/?a=b", local)


@pytest.mark.parametrize(
    "text",
    [
        "", "urn:pwid:", "urn:pwid:a:2018-12-10:part:x", "urn:pwid:a:2018-12-99T06:27:01Z:part:x",
        "urn:pwid:a b:2018-12-10T06:27:01Z:part:x", "urn:pwid:a:2018-12-10T06:27:01Z:whole:x",
        "urn:pwid:a:2018-12-10T06:27:01Z:part:", "urn:uuid:a:2018-12-10T06:27:01Z:part:x",
    ],
)  # fmt: skip
def test_what_is_no_pwid(text: str) -> None:
    assert parse_pwid(text) is None


@pytest.mark.parametrize(
    ("name", "made"),
    [("news", "news"), ("My News 2026", "My-News-2026"), ("新聞", "local"), ("..", "local"), ("zürich", "z-rich")],
)
def test_an_archive_id_of_a_folder(name: str, made: str) -> None:
    assert to_archive_id(name) == made
    assert is_archive_id(made)


def test_where_the_archive_id_comes_from(tmp_path: Path) -> None:
    folder = tmp_path / "my news"
    folder.mkdir()
    assert (archive_id(folder).value, archive_id(folder).stated) == ("my-news", False)
    config.write_new(folder, "you@example.org")
    assert not archive_id(folder).stated
    text = (folder / "sites.toml").read_text(encoding="utf-8")
    (folder / "sites.toml").write_text(text + '\narchive_id = "news.example.org"\n', encoding="utf-8")
    assert (archive_id(folder).value, archive_id(folder).stated) == ("news.example.org", True)
    assert config.load(folder).contact == "you@example.org"  # a crawl reads the same file
    assert archive_id(folder, "other.example").value == "other.example"
    with pytest.raises(BadInput, match="'a:b' can be no archive id"):
        archive_id(folder, "a:b")


@pytest.mark.parametrize("text", ['archive_id = "a:b"', "archive_id = 7", "archive_id = ["])
def test_an_archive_id_that_cannot_be(text: str, tmp_path: Path) -> None:
    (tmp_path / "sites.toml").write_text(text, encoding="utf-8")
    for read in (archive_id, config.load):
        with pytest.raises(ConfigInvalid, match=r"sites\.toml"):
            read(tmp_path)
