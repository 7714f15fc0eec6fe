"""URLs: one spelling for what is one resource, nothing unsafe in it, and SURT keys that other readers find."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.urls import MAX_LENGTH, captured_url, host_of, normalise, origin_of, registered_host, same_site, surt

BASE = "https://www.example.org/news/today/index.html?x=1"
PRINTABLE = re.compile(r"https?://[!-~]+")


@pytest.mark.parametrize(
    ("given_url", "wanted"),
    [
        ("HTTP://WWW.Example.COM:80/A/../b/./c", "http://www.example.com/b/c"),
        ("https://example.com", "https://example.com/"),
        ("https://example.com:443/x", "https://example.com/x"),
        ("https://example.com:8443/x", "https://example.com:8443/x"),
        ("https://example.com/a#part", "https://example.com/a"),
        ("https://example.com/?b=2&a=1", "https://example.com/?b=2&a=1"),
        ("https://example.com/a?utm_source=x&id=7&fbclid=y", "https://example.com/a?id=7"),
        ("https://example.com/a?utm_source=x", "https://example.com/a"),
        ("https://example.com/ü ñ", "https://example.com/%C3%BC%20%C3%B1"),
        ("https://example.com/a%2Fb", "https://example.com/a%2Fb"),
        ("https://example.com/%2e%2e/a", "https://example.com/a"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("https://例え。テスト/", "https://xn--r8jz45g.xn--zckzah/"),
        ("https://user:secret@example.com/", "https://example.com/"),
        ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("  \n https://example.com/a\tb ", "https://example.com/ab"),
        ("https://example.com./a", "https://example.com/a"),
    ],
)
def test_one_spelling(given_url: str, wanted: str) -> None:
    assert normalise(given_url) == wanted


ID = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("given_url", "wanted"),
    [
        ("/a;jsessionid=ABC123", "/a"), (f"/a;JSESSIONID={ID}/b;sid=1?x=1", "/a/b?x=1"),
        (f"/(S({ID[:24]}))/story.aspx", "/story.aspx"), ("/a;v=2", "/a;v=2"), ("/(a)/b", "/(a)/b"),
        (f"/a?PHPSESSID={ID}&id=3", "/a?id=3"), (f"/a?id=3&jsessionid={ID}", "/a?id=3"), (f"/a?sid={ID}", "/a"),
        ("/a?sid=12", "/a?sid=12"), ("/a?session=morning", "/a?session=morning"),
        ("/a?session=the-long-morning-session", "/a?session=the-long-morning-session"),
        ("/a?ASPSESSIONIDQQGGRTDA=LLNNOPKABCDE", "/a"), ("/a?CFID=1&CFTOKEN=22", "/a?CFID=1"),
        ("/a?CMP=share_btn&itm_source=x&ocid=y&_hsenc=z&ns_fee=0&trk_a=1&mibextid=q", "/a"),
        ("/a?ref=7&source=8&cid=9&page=2&tracking=1", "/a?ref=7&source=8&cid=9&page=2&tracking=1"),
    ],
)  # fmt: skip
def test_what_tells_of_the_reader_is_dropped(given_url: str, wanted: str) -> None:
    assert normalise(f"https://example.com{given_url}") == f"https://example.com{wanted}"
    assert normalise(f"https://example.com{wanted}") == f"https://example.com{wanted}"


def test_a_capture_of_another_tool_keeps_its_address() -> None:
    for url in (f"https://example.com/a;jsessionid={ID}", f"https://example.com/a?sid={ID}&utm_source=x"):
        assert captured_url(url) == url


@pytest.mark.parametrize(
    ("relative", "wanted"),
    [
        ("/a", "https://www.example.org/a"),
        ("b", "https://www.example.org/news/today/b"),
        ("../c?d", "https://www.example.org/news/c?d"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("?page=2", "https://www.example.org/news/today/index.html?page=2"),
        ("/a/../../b", "https://www.example.org/b"),
        ("/a b", "https://www.example.org/a%20b"),
        ("\\a\\b", "https://www.example.org/a/b"),
    ],
)
def test_relative_to_a_page(relative: str, wanted: str) -> None:
    assert normalise(relative, BASE) == wanted


@pytest.mark.parametrize(
    "nothing",
    [
        "", "/relative", "ftp://example.com/", "javascript:alert(1)", "mailto:a@example.com", "file:///etc/passwd",
        "http://", "http:///path", "http://a b/", "http://exa<mple.com/", "http://example.com:99999/", "http://[::1/",
        "http://example.com/\ud800", "http://example.com/a\x00b", "http://exam\u0007ple.com/", "data:text/html,x",
        "http://example.com/" + "a" * MAX_LENGTH, "http://" + "a" * 64 + ".example/", "http://-/",
    ],
)  # fmt: skip
def test_what_is_no_url(nothing: str) -> None:
    assert normalise(nothing) is None


def test_a_line_break_never_survives() -> None:
    assert normalise("http://example.com/\r\nSet-Cookie: a=b") == "http://example.com/Set-Cookie:%20a=b"


@given(st.text(max_size=200), st.sampled_from([None, BASE, "http://[broken", ""]))
def test_anything_gives_a_safe_url_or_none(text: str, base: str | None) -> None:
    for candidate in (text, "http://example.com/" + text, "https://" + text):
        found = normalise(candidate, base)
        if found is not None:
            assert PRINTABLE.fullmatch(found) and len(found) <= MAX_LENGTH
            assert normalise(found) == found, "a normalised URL must stay as it is"
            surt(found)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.example.com/", "com,example)/"),
        ("http://example.com", "com,example)/"),
        ("https://www2.example.co.uk/News/Story.html?B=2&a=1", "uk,co,example)/news/story.html?a=1&b=2"),
        ("http://example.com:8080/a/", "com,example:8080)/a"),
        ("http://127.0.0.1:8000/x", "127.0.0.1:8000)/x"),
        ("https://example.com/a;jsessionid=0123456789abcdef0123456789abcdef", "com,example)/a"),
        ("https://example.com/a?x=1&PHPSESSID=0123456789abcdef0123456789abcdef", "com,example)/a?x=1"),
        ("https://bücher.example/ü", "example,xn--bcher-kva)/%c3%bc"),
        ("mailto:x@example.com", "mailto:x@example.com"),
    ],
)
def test_surt(url: str, key: str) -> None:
    assert surt(url) == key


def test_hosts_and_origins() -> None:
    assert host_of("https://WWW.Example.com:443/a") == "www.example.com"
    assert host_of("http://example.com:8080/") == "example.com:8080"
    assert host_of("nonsense") == origin_of("nonsense") == ""
    assert origin_of("http://Example.com:8080/a?b") == "http://example.com:8080"
    assert same_site("www.example.com", ("example.com", "other.org"))
    assert same_site("example.com", "www.example.com")
    assert not same_site("news.example.com", ("example.com",))


@pytest.mark.parametrize(
    ("host", "registered"),
    [
        ("www.example.org", "example.org"),
        ("news.example.co.uk:8080", "example.co.uk"),
        ("example.co.uk", "example.co.uk"),
        ("www.news.example.de", "example.de"),
        ("localhost:8000", "localhost"),
        ("gazette.localhost", "gazette.localhost"),
        ("192.0.2.7:80", "192.0.2.7"),
        ("[2001:db8::1]:80", "[2001:db8::1]:80"),
    ],
)
def test_the_registered_part_of_a_host(host: str, registered: str) -> None:
    assert registered_host(host) == registered
