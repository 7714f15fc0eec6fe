"""`@fixture`: a contract of `scrapy check` that a page of the archive answers, not the network. See docs/fixtures.md.

    @fixture FILE [FIELD|FIELD=NAME]...

FILE is that of a fixture (`broadsheet fixture cut`), relative to the folder of scrapy.cfg. The callback gets the
answer that was recorded, and what it returns must be what the fixture expects.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter, is_item
from scrapy.contracts import Contract
from scrapy.exceptions import ContractFail
from scrapy.utils.conf import closest_scrapy_cfg

from archive.errors import BadInput, BroadsheetError
from crawler.replay import FIXTURE, Fixture

if TYPE_CHECKING:
    from scrapy.http import Response

    from archive.fixtures.expected import Expected
    from archive.fixtures.items import Names


class FixtureContract(Contract):
    name = "fixture"
    path: Path
    expected: Expected
    names: Names
    answered: str  # the URL of the answer

    def adjust_request_args(self, args: dict[str, Any]) -> dict[str, Any]:
        """Ask for the page of the fixture.

        :raises BadInput: the fixture is not there, or is none; or the callback has two of them.
        :raises DamageFound: its WARC file is damaged.
        """
        meta = args.get("meta") or {}
        if FIXTURE in meta:
            raise BadInput(
                "a callback has one @fixture", hint="test another page by another callback, or in pytest"
            )
        try:
            fixture = self._load([word for word in self.args if word])
        except BroadsheetError as e:
            raise e.with_traceback(None) from None  # Scrapy prints it, and the line is enough
        return {**args, "url": self.expected.url, "meta": {**meta, FIXTURE: fixture, "verbatim_url": True}}

    def _load(self, words: Sequence[str]) -> Fixture:
        from archive.fixtures.expected import file_of, load, warc_of
        from archive.fixtures.items import chosen
        from archive.fixtures.page import find

        if not words:
            raise BadInput("@fixture names no file", hint="@fixture FILE [FIELD]...")
        self.path = file_of(_in_project(words[0]))
        self.expected = load(self.path)
        self.names = chosen(words[1:], self.expected, str(self.path))
        warc, captured_at = warc_of(self.path), self.expected.captured_at
        find(warc, self.expected.url, captured_at)
        return Fixture(str(warc), captured_at, self.expected.site)

    def pre_process(self, response: Response) -> None:
        self.answered = response.url

    def post_process(self, output: list[Any]) -> None:
        from archive.fixtures.items import differences

        if self.answered != self.expected.url:
            raise ContractFail(f"{self.answered} is not the page of {self.path}: leave out @url")
        items = [ItemAdapter(one) for one in output if is_item(one)]
        found = differences(self.expected, items, self.names)
        if found:
            lines = "".join(f"\n  {line}" for line in found)
            raise ContractFail(f"{self.expected.url} is not what {self.path} expects:{lines}")


def _in_project(name: str) -> Path:
    """A path of the project, as a person in the present folder would write it."""
    config = closest_scrapy_cfg()
    path = Path(config).parent / name if config else Path(name)
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
