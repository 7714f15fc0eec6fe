"""Galleries and films: pages whose own running text is little."""

from __future__ import annotations

from archive.model import Verdict
from tests.extract.kinds import PROSE, case, ld, page, teasers


def figures(language: str, form: str, n: int = 8) -> str:
    t = PROSE[language]
    return "".join(form.format(i=i + 1, n=n, caption=t.titles[i % 8], author=t.author) for i in range(n))


@case(Verdict.GALLERY)
def stated_in_json_ld_en() -> tuple[str, str]:
    t = PROSE["en"]
    form = "<figure><img src=/p/{i}.jpg><figcaption>{caption}. Photo: {author}</figcaption></figure>"
    head = ld(**{"@type": "ImageGallery", "name": "The night ferry in pictures"})
    body = f"<h1>The night ferry in pictures</h1>{t.p(0, 1)}{figures('en', form)}"
    return "https://www.example.org/pictures/night-ferry", page("en", "The night ferry in pictures", body, head)


@case(Verdict.GALLERY)
def counted_slides_de() -> tuple[str, str]:
    form = "<div class=slide><img src=/b/{i}.jpg><p>Bild {i} von {n}</p><p>{caption}</p><small>Foto: {author}</small></div>"
    body = f"<h1>Die Nachtfähre kehrt zurück</h1><div class=bildergalerie>{figures('de', form)}</div>"
    return "https://www.example.de/fotostrecke/nachtfaehre-4711.html", page(
        "de", "Fotostrecke: Die Nachtfähre", body
    )


@case(Verdict.GALLERY)
def diaporama_fr() -> tuple[str, str]:
    form = "<li><img src=/d/{i}.jpg><div class=caption><span>{i}/{n}</span> {caption}</div></li>"
    body = f"<h1>EN IMAGES. Le bateau de nuit repart</h1><ul class=diaporama>{figures('fr', form, 12)}</ul>"
    return "https://www.example.fr/diaporamas/bateau-de-nuit", page("fr", "EN IMAGES. Le bateau de nuit", body)


@case(Verdict.GALLERY)
def microdata_es() -> tuple[str, str]:
    form = (
        '<figure itemprop="associatedMedia" itemscope itemtype="https://schema.org/ImageObject"><img src=/f/{i}.jpg>'
        '<figcaption itemprop="caption">{caption}</figcaption></figure>'
    )
    body = (
        f'<div itemscope itemtype="https://schema.org/ImageGallery"><h1>El regreso del barco, en imágenes</h1>'
        f"{figures('es', form)}</div>"
    )
    return "https://www.example.es/fotos/barco-nocturno", page("es", "El regreso del barco, en imágenes", body)


@case(Verdict.GALLERY)
def news_node_with_little_text_it() -> tuple[str, str]:
    t = PROSE["it"]
    form = "<figure><img src=/g/{i}.jpg><figcaption>{i}/{n} {caption}</figcaption></figure>"
    head = ld(**{"@type": "NewsArticle", "headline": "Le foto del traghetto", "datePublished": "2026-10-12"})
    body = (
        f"<h1>Le foto del traghetto</h1>{t.p(0, 1)}<section class=photogallery>{figures('it', form, 10)}</section>"
    )
    return "https://www.example.it/fotogallery/traghetto-4711", page(
        "it", "Le foto del traghetto | Fotogallery", body, head
    )


@case(Verdict.GALLERY)
def og_gallery_pl() -> tuple[str, str]:
    form = "<div class=gallery-item><img src=/z/{i}.jpg><span>{caption}</span></div>"
    body = f"<h1>Prom wraca na wyspy. Galeria zdjęć</h1><div class=gallery>{figures('pl', form, 9)}</div>"
    return "https://www.example.pl/galeria/prom", page(
        "pl", "Prom wraca. Galeria", body, '<meta property="og:type" content="gallery">'
    )


@case(Verdict.GALLERY)
def photo_report_ru() -> tuple[str, str]:
    t = PROSE["ru"]
    form = "<figure><img src=/r/{i}.jpg><figcaption>{caption}. Фото: {author}</figcaption></figure>"
    body = f"<article><h1>Возвращение парома. Фоторепортаж</h1>{t.p(0, 1)}{figures('ru', form)}</article>"
    return "https://www.example.ru/photo/4711", page("ru", "Возвращение парома. Фоторепортаж", body)


@case(Verdict.GALLERY)
def photo_feature_ja() -> tuple[str, str]:
    form = "<figure><img src=/j/{i}.jpg><figcaption>{caption}（{i}/{n}）</figcaption></figure>"
    body = f"<h1>写真特集：夜行船が帰る</h1><div class=photo-gallery>{figures('ja', form, 10)}</div>"
    return "https://www.example.jp/gallery/4711", page("ja", "写真特集：夜行船が帰る", body)


@case(Verdict.GALLERY)
def one_slide_of_twelve_tr() -> tuple[str, str]:
    t = PROSE["tr"]
    body = (
        f"<h1>Gece vapurunun dönüşü: Foto galeri</h1><div class=foto-gallery><p>3 / 12</p><img src=3.jpg><p>{t.titles[2]}"
        "</p><a href='/foto-galeri/vapur/4'>›</a></div>"
    )
    return "https://www.example.com.tr/foto-galeri/vapur/3", page(
        "tr", "Gece vapurunun dönüşü - Foto Galeri", body
    )


def film(name: str, **more: object) -> str:
    return ld(**{"@type": "VideoObject", "name": name, "uploadDate": "2026-10-12T08:00:00Z", "duration": "PT2M4S",
                 "embedUrl": "https://player.example.org/e/4711", **more})  # fmt: skip


@case(Verdict.VIDEO)
def main_entity_en() -> tuple[str, str]:
    t = PROSE["en"]
    body = f"<h1>{t.titles[0]}</h1><video controls src=/v.mp4></video>{t.p(0, 1)}<p>12 October 2026</p>"
    return "https://www.example.org/video/night-ferry-4711", page("en", t.titles[0], body, film(t.titles[0]))


@case(Verdict.VIDEO)
def og_video_de() -> tuple[str, str]:
    t = PROSE["de"]
    head = '<meta property="og:type" content="video.other"><meta property="og:video" content="https://www.example.de/v.mp4">'
    body = f"<h1>{t.titles[0]}</h1><div class=video-player data-id=4711></div>{t.p(0, 1)}"
    return "https://www.example.de/mediathek/nachtfaehre-4711.html", page("de", t.titles[0], body, head)


@case(Verdict.VIDEO)
def embedded_frame_fr() -> tuple[str, str]:
    t = PROSE["fr"]
    head = film(t.titles[0]) + '<meta name="twitter:card" content="player">'
    body = f"<main><h1>{t.titles[0]}</h1><iframe src='https://player.example.org/embed/4711'></iframe>{t.p(0, 1)}</main>"
    return "https://www.example.fr/videos/bateau-de-nuit", page("fr", t.titles[0], body, head)


@case(Verdict.VIDEO)
def with_a_list_of_more_es() -> tuple[str, str]:
    t = PROSE["es"]
    more = teasers("es", "<li><a href='{url}'><img src=x.jpg>{title}</a></li>", start=1, path="/video/{}")
    body = f"<h1>{t.titles[0]}</h1><video src=/v.m3u8></video><p>{t.paragraphs[0]}</p><ul>{more}</ul>"
    return "https://www.example.es/video/barco-4711", page("es", t.titles[0], body, film(t.titles[0]))


@case(Verdict.VIDEO)
def microdata_it() -> tuple[str, str]:
    t = PROSE["it"]
    body = (
        f'<div itemscope itemtype="https://schema.org/VideoObject"><h1 itemprop="name">{t.titles[0]}</h1>'
        f'<video src=/v.mp4></video><p itemprop="description">{t.paragraphs[0]}</p></div>'
    )
    return "https://www.example.it/video/traghetto", page("it", t.titles[0], body)


@case(Verdict.VIDEO)
def custom_player_pl() -> tuple[str, str]:
    t = PROSE["pl"]
    body = f"<h1>{t.titles[0]}</h1><news-player video-id=4711></news-player>{t.p(0, 1)}"
    head = '<meta property="og:type" content="video.episode">'
    return "https://www.example.pl/wideo/prom,4711", page("pl", f"{t.titles[0]} - wideo", body, head)


@case(Verdict.VIDEO)
def news_node_on_a_video_path_ru() -> tuple[str, str]:
    t = PROSE["ru"]
    head = ld(**{"@type": "NewsArticle", "headline": t.titles[0], "datePublished": "2026-10-12"}) + film(
        t.titles[1]
    )
    head += '<meta property="og:type" content="video.other">'
    body = f"<h1>{t.titles[0]}</h1><video src=/v.mp4></video>{t.p(0, 1)}"
    return "https://www.example.ru/video/4711", page("ru", t.titles[0], body, head)


@case(Verdict.VIDEO)
def film_alone_ja() -> tuple[str, str]:
    t = PROSE["ja"]
    body = f"<h1>{t.titles[0]}</h1><div id=player><video src=/v.mp4></video></div><p>2分04秒</p>"
    return "https://www.example.jp/movie/4711", page("ja", t.titles[0], body, film(t.titles[0]))


@case(Verdict.VIDEO)
def film_with_a_line_ar() -> tuple[str, str]:
    t = PROSE["ar"]
    head = film(t.titles[0]) + '<meta property="og:type" content="video.movie">'
    body = (
        f"<h1>{t.titles[0]}</h1><iframe allowfullscreen src='//video.example.org/embed/4711'></iframe>{t.p(0, 1)}"
    )
    return "https://www.example.org/ar/video/4711", page("ar", t.titles[0], body, head)
