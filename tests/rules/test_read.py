"""Mistakes in a file of rules: each is told by line and column, says what to do, and none hides another."""

from __future__ import annotations

import pytest

from archive.rules.read import MAX_RULES
from tests.rules.samples import mistakes_of, rules_of

HEAD = '[[rule]]\nhost = "tidewater.example"\n'


@pytest.mark.parametrize(
    ("words", "line", "column", "message"),
    [
        ('kepp = ".a"', 3, 1, "unknown word 'kepp'; did you mean 'keep'?"),
        ('author = ".a"', 3, 1, "unknown word 'author'; did you mean 'byline'?"),
        ('Title = ".a"', 3, 1, "unknown word 'Title'; did you mean 'headline'?"),
        ("wibble = 1", 3, 1, "unknown word 'wibble'; known: host, path,"),
        ("keep = 3", 3, 8, "keep must be a text in quotes, or a list"),
        ("keep = []", 3, 8, "keep is an empty list"),
        ('keep = [".a", 3]', 3, 15, "keep must hold texts in quotes, and this is a number"),
        ('keep = [".a",\n  "div..b"]', 4, 3, "is no CSS selector: it goes wrong at '.b'"),
        ('keep = ""', 3, 8, "is empty"),
        ('keep = "div >"', 3, 8, "it ends too early"),
        ('keep = "div:not(.a, .b)"', 3, 8, "write :not() once for each"),
        ('keep = "p::first-line"', 3, 8, "take out what begins with ::"),
        ('keep = "a:hover"', 3, 8, "has :hover, which is not known here"),
        ('keep = "p:first-chld"', 3, 8, "did you mean :first-child?"),
        ('keep = "div:has(h2)"', 3, 8, "write XPath: //div[.//h2]"),
        ("keep = \"p:contains('x')\"", 3, 8, "write XPath: //p[contains("),
        ('keep = "p:nth-child(x)"', 3, 8, "something else than a number"),
        ('keep = "svg|p"', 3, 8, "has the namespace svg|"),
        ('keep = "div script"', 3, 8, "scripts, styles and drawings are taken out"),
        ('keep = "//script"', 3, 8, "scripts, styles and drawings are taken out"),
        ('keep = "//div["', 3, 8, "is no XPath"),
        ('keep = "//p[matches(., 1)]"', 3, 8, "has the function matches(), which is not known"),
        ('keep = "//p[contain(., 1)]"', 3, 8, "did you mean contains()?"),
        ('keep = "//p[re:test(., 1)]"', 3, 8, "has the function re:test()"),
        ('keep = "//x:p"', 3, 8, "has the namespace x:"),
        ('keep = "//p[$x]"', 3, 8, "has a variable"),
        ('keep = "//p/@class"', 3, 8, "names an attribute or a text"),
        ('keep = "//p/text()"', 3, 8, "names an attribute or a text"),
        ('keep = "//p[//h1]"', 3, 8, "looks from the page's root inside of [ ]"),
        (
            'keep = "//p[preceding-sibling::p[preceding-sibling::p]]"',
            3,
            8,
            "looks at siblings inside of [ ] in [ ]",
        ),
        (f'keep = "{":is(" * 9}p{")" * 9}"', 3, 8, "has :is() in :is() too many times over"),
        ('keep = "p\\u0000"', 3, 8, "has characters that nobody sees"),
        ('keep = "//p/preceding::a"', 3, 8, "takes the square of the page's size"),
        ('keep = "//a//b//c//d//e"', 3, 8, "more than four //"),
        (f'keep = "{"a" * 1001}"', 3, 8, "has more than 1000 characters"),
        (f'keep = "{"a " * 40}"', 3, 8, "has more than 30 parts"),
        ('keep = [".a", ".a"]', 3, 15, "stands there twice"),
        ('keep = ".a"\ndrop = [".b", ".a"]', 4, 1, "'.a' stands in keep and in drop"),
        ('keep = ".a"\nclean = "yes"', 4, 9, "clean must be true or false"),
        ('drop = ".a"\nclean = true', 4, 1, "clean is about what keep holds"),
        ("headline = 3", 3, 12, "headline must be a text in quotes"),
        ('headline = { attribute = "x" }', 3, 12, "headline needs select"),
        ('headline = { select = "h1", regex = "x" }', 3, 29, "unknown word 'regex'; did you mean 'pattern'?"),
        ('headline = { select = "h1", format = "x" }', 3, 29, "format is for dates"),
        ('[rule.headline]\nselect = "h1"\ntimezone = "UTC"', 5, 1, "timezone is for dates"),
        ('headline = { select = "h1", attribute = "a b" }', 3, 41, "is no name of an attribute"),
        ('headline = { select = "h1", attribute = 1 }', 3, 41, "must be a text in quotes, and this is a number"),
        ("byline = { select = \".a\", pattern = '(' }", 3, 37, "is no regular expression: missing )"),
        (
            "byline = { select = \".a\", pattern = '(a+)+b' }",
            3,
            37,
            "repetitions or alternatives inside of a repetition",
        ),
        ("byline = { select = \".a\", pattern = '(?P<name>a)' }", 3, 37, "has a group named 'name'; known: value"),
        ("date_published = { select = \".a\", pattern = '(?P<day>\\d+)' }", 3, 45, "but no month, year"),
        ('date_published = { select = ".a", format = "%d %m" }', 3, 44, "has no year: %Y or %y"),
        ('date_published = { select = ".a", format = "%d %m %Y %Q" }', 3, 44, "has %Q; known:"),
        ('date_published = { select = ".a", format = "%d %m %Y %Z" }', 3, 44, "for %Z set timezone"),
        ('date_published = { select = ".a", format = "%d %m %Y %m" }', 3, 44, "names the month twice"),
        ('date_published = { select = ".a", timezone = "Mars/Olympus" }', 3, 46, "is no time zone"),
        ('date_published = { select = ".a", timezone = "+15:00" }', 3, 46, "further from UTC than any place"),
        ('keep = ".a"\nlanguage = "German"', 4, 12, "is no language"),
        ('keep = ".a"\nverdict = "captcha"', 4, 11, "is not known; known: article,"),
        ('keep = ".a"\nfrom = 2024-13-01', 4, 12, "this is no TOML"),
        ('keep = ".a"\nfrom = "2024-02-31"', 4, 8, "there is no day 2024-02-31"),
        ('keep = ".a"\nfrom = "spring"', 4, 8, "from must be a day such as 2024-05-31"),
        ('keep = ".a"\nfrom = 2024-05-31T10:00:00Z', 4, 8, "from must be a day such as 2024-05-31"),
        ('keep = ".a"\nfrom = 2024-02-01\nuntil = 2024-01-31', 5, 9, "until 2024-01-31 is before from 2024-02-01"),
        ('keep = ".a"\npath = "news/*"', 4, 8, "must begin with /"),
        ('keep = ".a"\npath = "https://x.example/"', 4, 8, "is an address: write only what follows the host"),
        ('keep = ".a"\npath = "/news/.*"', 4, 8, "looks like a regular expression"),
        ('keep = ".a"\nexample = "tidewater"', 4, 11, "is no http(s) address"),
        (
            'keep = ".a"\nexample = "https://x.example/"',
            4,
            11,
            "not for its own example: its host is tidewater.example",
        ),
        ('keep = ".a"\npath = "/b/*"\nexample = "https://tidewater.example/a"', 5, 11, "its path is /b/*"),
        ('note = "x"', 1, 1, "this rule does nothing: it needs one of keep, drop,"),
    ],
)
def test_a_mistake_has_its_place_and_says_what_to_do(words: str, line: int, column: int, message: str) -> None:
    _, mistakes = mistakes_of(HEAD + words + "\n")
    assert len(mistakes) == 1, mistakes
    (mistake,) = mistakes
    assert message in mistake.message
    assert (mistake.line, mistake.column, mistake.advice) == (line, column, False)
    assert str(mistake).startswith(f"file.toml:{line}:{column}: ")
    assert "\n" not in str(mistake)


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ('"https://www.x.example/a"', "is an address: write 'x.example'"),
        ('"x.example/a"', "is an address: write 'x.example'"),
        ('"*.x.example"', "needs no *: 'x.example' is for what stands before it as well"),
        ('"x.example:8080"', "has a port: write 'x.example'"),
        ('"example"', "is no whole host"),
        ('"no host"', "is no host"),
        ("3", "host must be a text in quotes"),
    ],
)
def test_hosts(host: str, message: str) -> None:
    _, mistakes = mistakes_of(f'[[rule]]\nhost = {host}\nkeep = ".a"\n')
    assert [(m.line, m.column) for m in mistakes] == [(2, 8)]
    assert message in mistakes[0].message


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ('[[rule]]\nhost = "x.example\n', 2, 18, "this is no TOML: illegal character"),
        ('[[rule]]\nhost = "x.example"\nhost = "y.example"\n', 3, 19, "this is no TOML: cannot overwrite"),
        ("[[rule]]\nhost = ", 2, 8, "this is no TOML: invalid value"),
        ('[rule]\nhost = "x.example"\nkeep = ".a"\n', 1, 1, "write [[rule]], with two brackets"),
        (
            'host = "x.example"\n[[rule]]\nhost = "x.example"\nkeep = "p"\n',
            1,
            1,
            "every word stands below [[rule]]",
        ),
        ('[rules]\nhost = "x.example"\n', 1, 1, "'rules' is not known outside of a rule; only [[rule]] is"),
        ("rule = 3\n", 1, 1, "a rule begins with a line [[rule]]"),
        ('[[rule]]\nkeep = ".a"\n', 1, 1, "this rule has no host"),
    ],
)
def test_mistakes_of_the_whole_file(text: str, line: int, column: int, message: str) -> None:
    _, mistakes = mistakes_of(text)
    assert [(m.line, m.column) for m in mistakes] == [(line, column)], mistakes
    assert message in mistakes[0].message


def test_every_mistake_is_told_in_the_order_of_files_and_lines() -> None:
    rules, mistakes = mistakes_of(
        '[[rule]]\nkeep = 3\n\n[[rule]]\nhost = 4\ndrop = "::"\n', '[[rule]]\nnote = "x"\n'
    )
    assert [(m.file, m.line) for m in mistakes] == [
        ("file.toml", 1), ("file.toml", 2), ("file.toml", 5), ("file.toml", 6), ("file1.toml", 1),
    ]  # fmt: skip
    assert rules.rules == ()


def test_a_rule_without_a_mistake_counts_beside_one_with() -> None:
    rules, mistakes = mistakes_of(f'[[rule]]\nhost = 4\nkeep = "p"\n{HEAD}keep = "p"\n')
    assert len(mistakes) == 1
    assert [rule.hosts for rule in rules.rules] == [("tidewater.example",)]


def test_contradictions_are_told_at_the_later_rule() -> None:
    first = f'{HEAD}keep = ".a"\nheadline = "h1"\n'
    _, mistakes = mistakes_of(first + f'{HEAD}keep = ".b"\nheadline = "h1"\n')
    assert [(m.line, m.advice) for m in mistakes] == [(5, False)]
    assert "contradicts the rule of line 1: both give keep for the same pages" in mistakes[0].message
    _, mistakes = mistakes_of(
        first, '\n[[rule]]\nhost = ["other.example", "www.tidewater.example"]\nkeep = ".b"\n'
    )
    assert [(m.file, m.line) for m in mistakes] == [("file1.toml", 2)]
    assert "the rule of file.toml, line 1" in mistakes[0].message


@pytest.mark.parametrize(
    "other",
    [
        'keep = ".b"\npath = "/sport/*"',
        'keep = ".b"\nfrom = 2024-01-01',
        'drop = ".b"',
        'byline = ".b"',
    ],
)
def test_what_is_narrower_or_about_something_else_is_no_contradiction(other: str) -> None:
    assert len(rules_of(f'{HEAD}keep = ".a"\n{HEAD}{other}\n').rules) == 2


def test_days_that_follow_each_other_are_no_contradiction_and_days_that_overlap_are() -> None:
    old = f'{HEAD}keep = ".a"\nuntil = 2023-12-31\n'
    rules_of(old + f'{HEAD}keep = ".b"\nfrom = 2024-01-01\n')
    _, mistakes = mistakes_of(old + f'{HEAD}keep = ".b"\nfrom = 2023-12-31\n')
    assert [m.line for m in mistakes] == [5]


def test_saying_the_same_twice_is_advice() -> None:
    _, mistakes = mistakes_of(f'{HEAD}drop = [".a", ".b"]\n{HEAD}drop = ".b"\n')
    assert [(m.line, m.advice) for m in mistakes] == [(4, True)]
    assert mistakes[0].message == "says the same of drop as the rule of line 1: one is enough"


def test_counting_children_is_advice() -> None:
    rules, mistakes = mistakes_of(f'{HEAD}keep = [".a", "div:nth-child(3)"]\n')
    assert [(m.line, m.column, m.advice) for m in mistakes] == [(3, 15, True)]
    assert str(mistakes[0]).startswith("file.toml:3:15: advice: 'div:nth-child(3)' counts children")
    assert len(rules.rules) == 1
    rules_of(f'{HEAD}keep = ["p:first-child", "div:nth-of-type(3)"]\n')


def test_an_empty_file_is_advice() -> None:
    _, mistakes = mistakes_of("# nothing yet\n")
    assert [(m.line, m.advice) for m in mistakes] == [(1, True)]


def test_too_many_rules_are_refused() -> None:
    many = "".join(f'[[rule]]\nhost = "h{n}.example"\nlanguage = "en"\n' for n in range(MAX_RULES + 1))
    _, mistakes = mistakes_of(many)
    assert [m.message for m in mistakes] == [f"there are more than {MAX_RULES} rules"]
    assert mistakes[0].line == 3 * MAX_RULES + 1


def test_every_word_is_read() -> None:
    (rule,) = rules_of("""
[[rule]]
host = ["www.Tidewater.example", "zeitung-müller.example", "127.0.0.1", "localhost"]
path = ["/news/*", "/köln/*"]
from = 2024-01-01
until = "2024-12-31"
keep = ["div.story", "//section[@id='s']"]
drop = "aside"
clean = true
headline = ["h1.a", "h1"]
byline = { select = ".who", pattern = '^By ([^|]+)' }
date_published = { select = "time", attribute = "DateTime", timezone = "Europe/Paris" }
date_modified = { select = "//meta[@name='m']/@content", format = "%Y%m%d" }
description = ".lead"
section = ".kicker"
language = "pt-BR"
verdict = "live-blog"
note = "after the relaunch"
example = "https://tidewater.example/news/1"
""").rules
    assert rule.hosts == ("tidewater.example", "xn--zeitung-mller-4ob.example", "127.0.0.1", "localhost")
    assert rule.paths == ("/news/*", "/k%C3%B6ln/*")
    assert (str(rule.since), str(rule.until), rule.line) == ("2024-01-01", "2024-12-31", 2)
    effect = rule.effect
    assert [s.text for s in effect.keep] == ["div.story", "//section[@id='s']"]
    assert effect.clean is True and effect.language == "pt-BR" and effect.verdict == "live-blog"
    assert effect.headline is not None and len(effect.headline.selectors) == 2
    assert effect.date_published is not None and effect.date_published.attribute == "datetime"
    assert effect.date_modified is not None and effect.date_modified.date_pattern
    assert set(effect.given()) == {
        "keep", "drop", "clean", "headline", "byline", "date_published", "date_modified", "description", "section",
        "language", "verdict",
    }  # fmt: skip
