"""More pages made to hurt: whole pages in odd markup, in odd charsets, with text in odd places."""

from __future__ import annotations

from collections.abc import Callable

from tests.extract.hostile import AFTER, BEFORE, SHAPES, TITLE, Shape, inside, paragraphs

ALL = (*BEFORE, *AFTER)
TEXT = paragraphs(BEFORE) + paragraphs(AFTER)
_LEVELS = "".join(f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(8))
BOMB = f"<!DOCTYPE html [<!ENTITY a 'aaaaaaaaaa'>{_LEVELS}]>"
XHTML = '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x.dtd">'
RUSSIAN = [
    f"Обычное предложение номер {i} о причале и о людях, которые на нём работают каждый день." for i in range(12)
]
JAPANESE = [f"これは{i}番目の岸壁と、そこで毎日働いている人たちについての普通の文章である。" for i in range(12)]
CHINESE = [f"这是关于第{i}号码头和每天在那里工作的人们的一个普通句子，没有别的意思。" for i in range(12)]
KOREAN = [f"이것은 {i}번 부두와 그곳에서 매일 일하는 사람들에 대한 평범한 문장이다." for i in range(12)]
ARABIC = [f"هذه جملة عادية رقم {i} عن الرصيف وعن الناس الذين يعملون عليه كل يوم." for i in range(12)]
GERMAN = [
    f"Dies ist ein gewöhnlicher Satz Nummer {i} über die Kähne und die Männer am Flußufer." for i in range(12)
]
POLISH = [
    f"To jest zwykłe zdanie numer {i} o nabrzeżu i o ludziach, którzy tam pracują cały dzień." for i in range(12)
]


def whole(
    name: str, page: Callable[[], str | bytes], must: tuple[str, ...] = ALL, *, charset: str | None = None
) -> None:
    def make(n: int) -> bytes:
        made = page()
        return made.encode() if isinstance(made, str) else made

    SHAPES[name] = Shape(make, must, True, charset)


def plain(body: str, head: str = "", title: str = TITLE) -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def in_charset(sentences: list[str], python: str, head: str = "") -> bytes:
    return plain(f"<h1>{sentences[0][:20]}</h1>{paragraphs(sentences)}", head, sentences[0][:20]).encode(python)


# fmt: off
whole("xhtml", lambda: XHTML + f'<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en"><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1>{TEXT}<br/></body></html>')
whole("xhtml with cdata", lambda: XHTML + f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{TITLE}</title></head><body>{paragraphs(BEFORE)}<div><p><![CDATA[{AFTER[0]}]]></p></div>{paragraphs(AFTER[1:])}</body></html>')
whole("entity bomb", lambda: BOMB + f"<html><body><h1>{TITLE}</h1><p>&i;</p>{TEXT}</body></html>")
whole("no markup", lambda: "\n\n".join(ALL))
whole("no html, no body", lambda: f"<h1>{TITLE}</h1>{TEXT}")
whole("text in a pre", lambda: plain(f"<h1>{TITLE}</h1><pre>" + "\n\n".join(ALL) + "</pre>"))
whole("all behind the end", lambda: f"<html><head><title>{TITLE}</title></head><body></body></html>{TEXT}")
whole("in capitals", lambda: f"<HTML><HEAD><TITLE>{TITLE}</TITLE></HEAD><BODY><H1>{TITLE}</H1>{TEXT.replace('<p>', '<P>')}</BODY></HTML>")
whole("divisions in spans", lambda: plain(f"<h1>{TITLE}</h1>" + "".join(f"<span><div>{x}</div></span>" for x in ALL)))
whole("breaks alone", lambda: plain(f"<h1>{TITLE}</h1><div>" + "<br><br>".join(ALL) + "</div>"))
whole("shadow root", lambda: plain(f"<news-story><template shadowrootmode=open><style>p{{}}</style><article><h1>{TITLE}</h1>{TEXT}</article></template></news-story>"))
whole("shadow root with a slot", lambda: plain(f"<h1>{TITLE}</h1><news-story><template shadowrootmode=open><section>{paragraphs(BEFORE)}<slot></slot></section></template>{paragraphs(AFTER)}</news-story>"))
whole("noscript holds the text", lambda: plain(f"<div id=root></div><noscript><h1>{TITLE}</h1>{TEXT}</noscript><script src=/app.js></script>"))
whole("noscript copies of pictures", lambda: plain(f"<article><h1>{TITLE}</h1>" + "".join(f"<figure><img data-src=/x.jpg><noscript><img src=/x.jpg></noscript></figure><p>{x}</p>" for x in ALL) + "</article>"))
whole("details", lambda: plain(f"<article><h1>{TITLE}</h1>{paragraphs(BEFORE)}<details><summary>More of it</summary>{paragraphs(AFTER)}</details></article>"))
whole("details, open", lambda: plain(f"<article><h1>{TITLE}</h1><details open><summary>The text</summary>{TEXT}</details></article>"))
whole("hidden class", lambda: plain(f"<body class='no-js loading cookie-consent'><div class='paywall-active'><h1>{TITLE}</h1>{TEXT}</div>"))
whole("own elements hold the text", lambda: plain(f"<my-article><my-title>{TITLE}</my-title>" + "".join(f"<my-par>{x}</my-par>" for x in ALL) + "</my-article>"))
whole("base that leads nowhere", lambda: plain(f"<h1>{TITLE}</h1>{TEXT}", "<base href='http://[::1'>"))
whole("utf-16", lambda: plain(f"<h1>{TITLE}</h1>{TEXT}").encode("utf-16"))
whole("utf-16 without a mark", lambda: plain(f"<h1>{TITLE}</h1>{TEXT}").encode("utf-16-be"))
whole("utf-32", lambda: plain(f"<h1>{TITLE}</h1>{TEXT}").encode("utf-32"))
whole("nul between all letters", lambda: plain(f"<h1>{TITLE}</h1>{TEXT}").encode().replace(b" ", b"\x00 \x00"))
whole("nul padding", lambda: plain(f"<h1>{TITLE}</h1>{TEXT}").encode() + bytes(100_000))
whole("mixed charsets", lambda: plain(f"<h1>{TITLE}</h1><p>Grüße, naïve Œuvre, “so”.</p>{TEXT}").encode() + "<p>Caf\xe9 \x93so\x94</p>".encode("latin-1"))
whole("wrong charset in the header", lambda: in_charset(GERMAN, "cp1252"), tuple(GERMAN), charset="utf-8")
whole("wrong charset in the page", lambda: in_charset(RUSSIAN, "cp1251", "<meta charset=utf-8>"), tuple(RUSSIAN))
whole("default charset of a server", lambda: in_charset(RUSSIAN, "cp1251"), tuple(RUSSIAN), charset="iso-8859-1")
whole("no such charset", lambda: in_charset(RUSSIAN, "utf-8"), tuple(RUSSIAN), charset="x-no-such")
whole("undeclared windows-1251", lambda: in_charset(RUSSIAN, "cp1251"), tuple(RUSSIAN))
whole("undeclared koi8-r", lambda: in_charset(RUSSIAN, "koi8_r"), tuple(RUSSIAN))
whole("undeclared shift_jis", lambda: in_charset(JAPANESE, "cp932"), tuple(JAPANESE))
whole("undeclared euc-jp", lambda: in_charset(JAPANESE, "euc_jp"), tuple(JAPANESE))
whole("declared iso-2022-jp", lambda: in_charset(JAPANESE, "iso2022_jp", "<meta charset=iso-2022-jp>"), tuple(JAPANESE))
whole("undeclared gbk", lambda: in_charset(CHINESE, "gbk"), tuple(CHINESE))
whole("undeclared euc-kr", lambda: in_charset(KOREAN, "euc_kr"), tuple(KOREAN))
whole("undeclared windows-1256", lambda: in_charset(ARABIC, "cp1256"), tuple(ARABIC))
whole("undeclared windows-1252", lambda: in_charset(GERMAN, "cp1252"), tuple(GERMAN))
whole("undeclared windows-1250", lambda: in_charset(POLISH, "cp1250"), tuple(POLISH))
whole("undeclared, with wrong bytes", lambda: in_charset(JAPANESE, "cp932").replace(b"</p>", b"</p><i>\xff\xfd</i>", 1), tuple(JAPANESE))
whole("undeclared, one long line", lambda: "".join(JAPANESE * 300).encode("cp932"), tuple(JAPANESE))
whole("cut in a character", lambda: in_charset(RUSSIAN, "utf-8").partition(b"</body>")[0][:-5], tuple(RUSSIAN[:-1]))
whole("cut in a character, shift_jis", lambda: in_charset(JAPANESE, "cp932", "<meta charset=shift_jis>")[:-25], tuple(JAPANESE[:-1]))
whole("cut in a tag", lambda: plain(f"<h1>{TITLE}</h1>{TEXT}").encode().partition(b"</body>")[0] + b"<div class='se")


# What readers of single fields look for, again and again.
inside("figures", lambda n: "<figure><img src=/a.jpg><figcaption>Photo: A/AFP</figcaption></figure>" * (n // 74))
inside("a caption", lambda n: f"<figure><img src=/a.jpg><figcaption>{'(Photo: a/' * (n // 10)}</figcaption></figure>")
inside("labels", lambda n: "<p>Written by</p>" * (n // 17))
inside("sentences of authors", lambda n: "<p>This post was written by Al Bo and Al Bo</p>" * (n // 48))
inside("labelled dates", lambda n: "<p>Updated 12 March 2024 published 11 March 2024</p>" * (n // 53))
inside("first published", lambda n: "<p>Originally published on 12 March 2024 in this place.</p>" * (n // 61))
inside("dates in numbers", lambda n: "<p>03/04/2024 03/04/2024</p>" * (n // 28))
inside("times", lambda n: "<time datetime=2024-03-12>a</time>" * (n // 34))
inside("home links", lambda n: '<a href="/">Al</a> ' * (n // 19))
inside("h1 of spans", lambda n: f"<h1>{'<span>aB</span>' * (n // 15)}</h1>")
