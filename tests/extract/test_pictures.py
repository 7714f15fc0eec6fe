"""The lead picture: what is written under it, and who made it."""

from __future__ import annotations

from typing import Any

import pytest

from archive.extract.pictures import split
from archive.model import Article
from tests.extract.conftest import Extract
from tests.extract.test_extract import TITLE, article, page

H1 = f"<h1>{TITLE}</h1>"
PHOTO = "https://img.tidewater.example/2026/quay-at-night-1200x800.jpg"
OG = f'<meta property="og:image" content="{PHOTO}">'
SAYS = "The quay at night, seen from the ferry."


def figure(caption: str, src: str = "/2026/quay-at-night-300x200.jpg?w=300", more: str = "") -> str:
    return f"<figure><img src='{src}'>{more}<figcaption>{caption}</figcaption></figure>"


def seen(run: Extract, body: str = "", head: str = OG, **ld: Any) -> tuple[str | None, str | None]:
    found: Article = article(run, page(head, H1 + body, ld=ld))
    return found.image_caption, found.image_credit


@pytest.mark.parametrize(
    ("caption", "text", "credit"),
    [
        (SAYS, SAYS, ""),
        (f"{SAYS} Photo: Oda Vestergaard", SAYS, "Oda Vestergaard"),
        (f"{SAYS} (Foto: Oda Vestergaard/dpa)", SAYS, "Oda Vestergaard/dpa"),
        (f"{SAYS}Foto: Oda Vestergaard (REUTERS)", SAYS, "Oda Vestergaard (REUTERS)"),
        (f"{SAYS} © Oda Vestergaard", SAYS, "Oda Vestergaard"),
        (f"{SAYS} | Bild: picture alliance/dpa | Oda Vestergaard", SAYS, "picture alliance/dpa | Oda Vestergaard"),
        (f"{SAYS} (Symbolfoto: Tidewater)", SAYS, "Tidewater"),
        (f"{SAYS} (AP Photo/Oda Vestergaard)", SAYS, "AP Photo/Oda Vestergaard"),
        (f"{SAYS} Oda Vestergaard/AFP via Getty Images", SAYS, "Oda Vestergaard/AFP via Getty Images"),
        (f"{SAYS}Getty Images", SAYS, "Getty Images"),
        (f"{SAYS} (Oda Vestergaard)", SAYS, "Oda Vestergaard"),
        (f"{SAYS} (Oda Vestergaard/HOUSE)", SAYS, "Oda Vestergaard/HOUSE"),
        ("Photo by Oda Vestergaard", "", "Oda Vestergaard"),
        ("Oda Vestergaard / Tidewater", "", "Oda Vestergaard / Tidewater"),
        ("Crédit photo : Oda Vestergaard", "", "Oda Vestergaard"),
        ("夜の港（中村奈々撮影）", "夜の港", "中村奈々"),
        ("夜の港＝ロイター", "夜の港", "ロイター"),
        # Nothing but what the picture shows.
        ("Mayor Hale (left) with the captain (centre)", "Mayor Hale (left) with the captain (centre)", ""),
        ("A picture of the quay by night", "A picture of the quay by night", ""),
        ("She holds an image by an unknown hand", "She holds an image by an unknown hand", ""),
        ("The source by the road was dry", "The source by the road was dry", ""),
        ("Hale (Tidewater) and Ruiz (Sandvik)", "Hale (Tidewater) and Ruiz (Sandvik)", ""),
    ],
)
def test_a_caption_and_its_credit_are_told_apart(caption: str, text: str, credit: str) -> None:
    assert split(caption) == (text, credit)


def test_json_ld_says_both(run: Extract) -> None:
    image = {"@type": "ImageObject", "url": PHOTO, "caption": SAYS, "creditText": "Oda Vestergaard"}
    assert seen(run, image=image) == (SAYS, "Oda Vestergaard")
    holder = image | {"creditText": None, "copyrightHolder": {"@type": "Person", "name": "Peter Maudsley"}}
    assert seen(run, image=[holder, {"url": "/other.jpg", "caption": "Another one."}]) == (SAYS, "Peter Maudsley")
    assert seen(run, image={"@id": "#i"}, hasPart=image | {"@id": "#i"}) == (SAYS, "Oda Vestergaard")


@pytest.mark.parametrize("stated", ["quay-at-night", TITLE, "quay night"])
def test_a_text_for_screen_readers_is_no_caption(run: Extract, stated: str) -> None:
    assert seen(run, image={"url": PHOTO, "caption": stated}) == (None, None)


def test_the_figure_that_holds_the_picture(run: Extract) -> None:
    other = figure("Mayor Hale at her desk.", "/mayor.jpg")
    assert seen(run, other + figure(SAYS)) == (SAYS, None)
    assert seen(run, other + figure(SAYS), image={"url": PHOTO, "caption": "Stated otherwise."}) == (SAYS, None)
    assert seen(run, other + figure(SAYS), head="") == ("Mayor Hale at her desk.", None)
    lazy = figure(SAYS, "data:image/gif;base64,x", "<img data-src='/2026/quay-at-night.webp'>")
    assert seen(run, other + lazy) == (SAYS, None)


@pytest.mark.parametrize(
    ("caption", "credit"),
    [
        (f"{SAYS} <span class=credit>Photo: Oda Vestergaard</span>", "Oda Vestergaard"),
        (f"<span class=photo-credit>© Oda Vestergaard</span><p>{SAYS}</p>", "Oda Vestergaard"),
        (
            f"<span>{SAYS}</span><cite class=caption__source>Image source, Oda Vestergaard</cite>",
            "Oda Vestergaard",
        ),
        (f"Image caption, {SAYS} <button>Open</button>", None),
        (f"{SAYS} <b class=photographer>Oda Vestergaard</b> /AFP", "Oda Vestergaard/AFP"),
        (f"{SAYS} <i itemprop=copyrightHolder>Oda Vestergaard</i>", "Oda Vestergaard"),
    ],
)
def test_elements_of_a_caption(run: Extract, caption: str, credit: str | None) -> None:
    assert seen(run, figure(caption)) == (SAYS, credit)


def test_captions_without_a_figure(run: Extract) -> None:
    block = (
        f"<div><img src='{PHOTO}'><div class=img-caption>{SAYS}</div><small class=img-credit>O. V.</small></div>"
    )
    assert seen(run, block) == (SAYS, "O. V")
    alone = f"<figure><img src='{PHOTO}'><span class=credit>Oda Vestergaard</span></figure>"
    assert seen(run, alone) == (None, "Oda Vestergaard")


@pytest.mark.parametrize(
    "body",
    [
        f"<a href=/next>{figure('The next story.', '/n.jpg')}</a>",
        figure("<a href=/next>The next story.</a>", "/n.jpg"),
        figure("A film about it.", "/n.jpg", "<video></video>"),
        f"<aside class=related>{figure('The next story.', '/n.jpg')}</aside>",
        f"<div class=author-box>{figure('By Oda Vestergaard', '/n.jpg')}</div>",
        figure("By Oda Vestergaard", "/n.jpg"),
        figure(TITLE, "/n.jpg"),
        "<p>Text</p>" * 130 + figure("Far below.", "/n.jpg"),
    ],
)
def test_what_is_no_lead_picture(run: Extract, body: str) -> None:
    assert seen(run, body) == (None, None)


def test_a_house_below_its_own_picture(run: Extract) -> None:
    assert seen(run, figure("Tidewater"), OG + "<meta property=og:site_name content=Tidewater>") == (
        None,
        "Tidewater",
    )
