"""Stories as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.render import INDENT, WIDTH, plain, wrap

if TYPE_CHECKING:
    from archive.store.records import StoryArticle, StoryRecord

NAMED = 4  # others that one line names; more are counted


def story_text(story: StoryRecord) -> str:
    """Number and headline, then a line for each article: when, where, its number, how much of the text."""
    first, *more = wrap(plain(story.headline or story.first.url), WIDTH - INDENT)
    lines = [f"{story.story_id:>{INDENT - 2}}  {first}", *(" " * INDENT + line for line in more)]
    width = max(len(plain(site)) for site in story.sites)
    numbers = max(len(str(each.article_id)) for each in (story.first, *story.reprints))
    for each in (story.first, *story.reprints):
        facts = (
            f"{(each.date_published or 'no date')[:16]:16}", f"{plain(each.site):{width}}",
            f"article {each.article_id:<{numbers}}",
            "had it first" if each is story.first else f"{_percent(each)} in common",
        )  # fmt: skip
        lines.append(" " * INDENT + "  ".join(facts))
        if each is not story.first and each.headline and each.headline != story.headline:
            lines += [
                " " * (INDENT + 2) + line for line in wrap(f"as: {plain(each.headline)}", WIDTH - INDENT - 2)
            ]
    return "\n".join(lines) + "\n"


def reprint_line(story: StoryRecord, article_id: int) -> tuple[str, str]:
    """What `show` says of an article of this story, in one line with its name: Reprint or Reprints."""
    others = [each for each in story.reprints if each.article_id != article_id]
    named = ", ".join(_place(each) for each in others[:NAMED])
    if len(others) > NAMED:
        named += f" and {len(others) - NAMED} more"
    if story.first.article_id == article_id:
        return "Reprints", named
    own = next(each for each in story.reprints if each.article_id == article_id)
    line = f"of {_place(story.first)}"
    if story.first.date_published:
        line += f" of {story.first.date_published[:10]}"
    return "Reprint", f"{line}, {_percent(own)} in common" + (f"; also {named}" if named else "")


def _place(article: StoryArticle) -> str:
    return f"{plain(article.site)} (article {article.article_id})"


def _percent(article: StoryArticle) -> str:
    """Of the shorter text, rounded down."""
    return f"{int(article.similarity * 100 + 1e-9)} %"
