"""robots.txt by RFC 9309: groups, rules, the longest match, encodings, and what is no rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from archive.robots import MAX_BYTES, RobotsTxt, text_of, token_of


def allowed(text: str, path: str, agent: str = "broadsheet") -> bool:
    rule = RobotsTxt(text).rules_for(agent).match(f"https://news.example{path}")
    return rule is None or rule.allow


def star(*rules: str) -> str:
    return "User-agent: *\n" + "\n".join(rules)


# Groups: clause 2.2.1.


@pytest.mark.parametrize(
    ("text", "agent", "path", "wanted"),
    [
        ("User-agent: Broadsheet\nDisallow: /x", "broadsheet", "/x", False),  # no matter the case
        ("User-agent: broad\nDisallow: /x", "broadsheet", "/x", True),  # another's token
        ("User-agent: broadsheets\nDisallow: /x", "broadsheet", "/x", True),
        ("User-agent: broadsheet-images\nDisallow: /x", "broadsheet", "/x", True),
        ("User-agent: broadsheet/1.0 (archive)\nDisallow: /x", "broadsheet", "/x", False),  # the token, and more
        ("User-agent: AI2Bot\nDisallow: /x", "ai2bot", "/x", False),
        ("User-agent: AI\nDisallow: /x", "AI2Bot", "/x", True),
        # Several agents of one group, blank lines and comments or not.
        ("User-agent: a\nUser-agent: broadsheet\nDisallow: /x", "broadsheet", "/x", False),
        ("User-agent: a\n\n# and\nUser-agent: broadsheet\n\nDisallow: /x", "broadsheet", "/x", False),
        ("User-agent: a\nDisallow: /x\nUser-agent: broadsheet\nDisallow: /y", "broadsheet", "/x", True),
        # All groups of one agent are one.
        ("User-agent: broadsheet\nDisallow: /x\n\nUser-agent: b\nDisallow: /\n\nUser-agent: broadsheet\nDisallow: /y",
         "broadsheet", "/x", False),
        ("User-agent: broadsheet\nDisallow: /x\n\nUser-agent: b\nDisallow: /\n\nUser-agent: broadsheet\nDisallow: /y",
         "broadsheet", "/y", False),
        ("User-agent: *\nDisallow: /x\n\nUser-agent: *\nDisallow: /y", "broadsheet", "/y", False),
        # Who is named obeys only that; nobody else does.
        ("User-agent: broadsheet\nAllow: /x\n\nUser-agent: *\nDisallow: /", "broadsheet", "/z", True),
        ("User-agent: broadsheet\nAllow: /x\n\nUser-agent: *\nDisallow: /", "other", "/z", False),
        ("User-agent: broadsheet\nDisallow:\n\nUser-agent: *\nDisallow: /", "broadsheet", "/z", True),
        ("User-agent: broadsheet\n\nUser-agent: *\nDisallow: /", "broadsheet", "/z", False),  # two agents, one group
        # Rules before any agent hold for nobody.
        ("Disallow: /x\nUser-agent: *\nDisallow: /y", "broadsheet", "/x", True),
        # Other records interfere with nothing: clause 2.2.4.
        ("User-agent: a\nSitemap: https://e.org/s.xml\nUser-agent: broadsheet\nDisallow: /x", "a", "/x", False),
        ("User-agent: a\nCrawl-delay: 5\nUser-agent: broadsheet\nDisallow: /x", "a", "/x", False),
        ("User-agent: a\nDisallow: /x\nHost: e.org\nDisallow: /y", "a", "/y", False),
        ("User-agent: *\nNonsense\nDisallow: /x", "broadsheet", "/x", False),
        ("User-agent: \nDisallow: /x", "broadsheet", "/x", True),
        ("User-agent: *bot\nDisallow: /x", "broadsheet", "/x", True),
    ],
)  # fmt: skip
def test_groups(text: str, agent: str, path: str, wanted: bool) -> None:
    assert allowed(text, path, agent) == wanted


# Rules: clauses 2.2.2 and 2.2.3.


@pytest.mark.parametrize(
    ("rules", "path", "wanted"),
    [
        (("Disallow: /a",), "/a", False),
        (("Disallow: /a",), "/ab", False),
        (("Disallow: /a",), "/A", True),
        (("Disallow: /a/",), "/a", True),
        (("Disallow: a",), "/a", True),
        (("Disallow:",), "/a", True),
        (("Disallow: /a", "Allow: /a/b"), "/a/bc", True),
        (("Allow: /a/b", "Disallow: /a/b/c"), "/a/b/cd", False),
        (("Disallow: /a", "Allow: /a"), "/a", True),  # equal: allow
        (("Disallow: /*.gif$",), "/x/y.gif", False),
        (("Disallow: /*.gif$",), "/y.gif?z", True),
        (("Disallow: /*.gif",), "/y.gif?z", False),
        (("Disallow: *",), "/", False),
        (("Disallow: /$",), "/", False),
        (("Disallow: /$",), "/a", True),
        (("Disallow: /a**b",), "/a/x/b", False),
        (("Disallow: /a*b*c$",), "/abcc", False),
        (("Disallow: /a*bc$",), "/abc", False),
        (("Disallow: /abc*c$",), "/abc", True),
        (("Disallow: /a$b",), "/a$b", False),
        (("Disallow: /a$b",), "/a", True),
        (("Disallow: /a%24",), "/a$", False),
        (("Disallow: /a$",), "/a$b", True),
        (("Disallow: /a%2Ab",), "/a*b", False),
        (("Disallow: /a%2Ab",), "/axb", True),
        # The octets of the rule count, "?" as one; a longer encoding of the same is no longer rule.
        (("Disallow: /*?s=", "Allow: /news/"), "/news/?s=1", True),
        (("Disallow: /caf%C3%A9", "Allow: /café"), "/café", True),
        (("Allow: /page", "Disallow: /*.html"), "/page.html", False),
        (("Allow: /a/index.html", "Disallow: /"), "/a/", False),  # no file stands for its folder
        # Percent-encoding, the table of clause 2.2.2 first.
        (("Disallow: /foo/bar?baz=quz",), "/foo/bar?baz=quz", False),
        (("Disallow: /foo/bar?baz=https://foo.bar",), "/foo/bar?baz=https%3A%2F%2Ffoo.bar", False),
        (("Disallow: /foo/bar?baz=https%3A%2F%2Ffoo.bar",), "/foo/bar?baz=https://foo.bar", False),
        (("Disallow: /foo/bar/ツ",), "/foo/bar/%E3%83%84", False),
        (("Disallow: /foo/bar/%e3%83%84",), "/foo/bar/ツ", False),
        (("Disallow: /foo/bar/%62%61%7A",), "/foo/bar/baz", False),
        (("Disallow: /foo/bar/baz",), "/foo/bar/%62%61%7A", False),
        (("Disallow: /a%2Fb",), "/a/b", True),
        (("Disallow: /a/b",), "/a%2Fb", True),
        (("Disallow: /a%2fb",), "/a%2Fb", False),
        (("Disallow: /a%3Fb",), "/a?b", True),
        (("Disallow: /a b",), "/a%20b", False),
        (("Disallow: /~a",), "/%7Ea", False),
        (("Disallow: /100%",), "/100%25", False),
        (("Disallow: /100%25",), "/100%25", False),
        (("Disallow: /%zz",), "/%zz", False),
        # What is forgiven, and what is a comment.
        (("Dissallow: /a",), "/a", False),
        (("Disallow /a",), "/a", False),
        (("  DISALLOW\t:\t/a  # why",), "/a", False),
        (("Disallowed: /a",), "/a", True),
        (("Disallow: /a#b",), "/ac", False),
        (("#Disallow: /a",), "/a", True),
    ],
)
def test_rules(rules: tuple[str, ...], path: str, wanted: bool) -> None:
    assert allowed(star(*rules), path) == wanted


def test_the_rule_that_decides_is_named_with_its_line() -> None:
    text = "# ours\r\nUser-agent: *\r\n\r\nDisallow: /a\r\nAllow: /a/b\r\n"
    rules = RobotsTxt(text).rules_for("broadsheet")
    found = rules.match("/a/b/c")
    assert found is not None and (found.line, str(found)) == (5, "Allow: /a/b")
    found = rules.match("/a/c")
    assert found is not None and (found.line, str(found)) == (4, "Disallow: /a")
    assert rules.match("/z") is None


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\n\n", "\r\r\n"])
def test_line_ends(end: str) -> None:
    assert not allowed(end.join(("User-agent: *", "Disallow: /a", "Allow: /b")), "/a")


def test_what_is_no_line_end() -> None:
    assert not allowed("User-agent: *\nDisallow: /a\x0bAllow: /a/b", "/a\x0bAllow: /a/b")
    assert allowed("User-agent: *\nAllow: /b\u2028Disallow: /a", "/a")


def test_a_byte_order_mark_and_bytes_that_are_no_text() -> None:
    assert not allowed(text_of(b"\xef\xbb\xbfUser-agent: *\nDisallow: /a"), "/a")
    assert not allowed("\ufeffUser-agent: *\nDisallow: /a", "/a")
    assert not allowed(text_of(b"User-agent: *\n\xff\xfe\nDisallow: /a"), "/a")


def test_of_a_long_file_the_first_500_kib_count_up_to_a_whole_line() -> None:
    begin = b"User-agent: *\nDisallow: /a\n"
    filler = b"# filler\n" * (MAX_BYTES // 9)
    last = b"Allow: /" + b"a" * 200
    short = begin + filler[: MAX_BYTES - len(begin) - 9 - 90] + b"\n" + last
    assert len(short) > MAX_BYTES
    assert not allowed(text_of(short), "/ab")  # cut, the last line would allow "/aa..."
    assert RobotsTxt(text_of(short)).rules_for("x").match("/" + "a" * 300) is not None
    assert text_of(b"User-agent: *\nDisallow: /" + b"x" * MAX_BYTES) == "User-agent: *\n"
    assert text_of(b"x" * (MAX_BYTES + 5)) == ""


def test_crawl_delays_and_sitemaps() -> None:
    file = RobotsTxt(
        "User-agent: slow\nCrawl-delay: 10\n\nUser-agent: *\nDisallow: /x\nCrawl-delay: 2\n"
        "Sitemap: https://e.org/a.xml\rsitemap:/b.xml\nUser-agent: *\nCrawl-delay: 3\nSite-map: c.xml\n"
    )
    assert file.rules_for("slow").crawl_delay_s == 10
    assert file.rules_for("broadsheet").crawl_delay_s == 3
    assert file.sitemaps == ["https://e.org/a.xml", "/b.xml", "c.xml"]


@pytest.mark.parametrize(
    ("agent", "token"),
    [
        ("GPTBot/1.2", "gptbot"),
        (" CCBot ", "ccbot"),
        ("*", "*"),
        ("", None),
        ("(x)", None),
        ("ia_archiver", "ia_archiver"),
    ],
)
def test_tokens(agent: str, token: str | None) -> None:
    assert token_of(agent) == token


PATTERN = st.text("/ab*c", max_size=6).map(lambda text: "/" + text) | st.sampled_from(["", "/", "/*/b$", "/a$"])
RULE = st.tuples(st.sampled_from(["Allow", "Disallow"]), PATTERN).map(": ".join)
GROUP = st.tuples(
    st.lists(st.sampled_from(["*", "broadsheet", "otherbot", "Broadsheet"]), min_size=1, max_size=3),
    st.lists(RULE, min_size=1, max_size=5),
).map(lambda g: "\n".join([f"User-agent: {agent}" for agent in g[0]] + g[1]))


@given(st.lists(GROUP, max_size=4).map("\n\n".join), st.text("/abc", max_size=8))
def test_where_protego_follows_the_rfc_both_decide_the_same(text: str, path: str) -> None:
    url = f"https://news.example/{path}"
    assert allowed(text, f"/{path}") == Protego.parse(text).can_fetch(url, "broadsheet")


@given(st.text(max_size=200), st.text(max_size=60))
def test_no_text_makes_it_raise(text: str, path: str) -> None:
    RobotsTxt("User-agent: *\n" + text).rules_for("broadsheet").match("/" + path.lstrip("/"))


def test_many_wildcards_take_no_time() -> None:
    rules = [f"Disallow: /{'*a' * 50}{n}b" for n in range(2000)]
    assert allowed(star(*rules), "/" + "a" * 2000)
