"""Who may import whom, read from the source: archive is the core without a network, crawler the shell around it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import environment

ROOT = Path(__file__).resolve().parent.parent
NETWORK = {
    "aiohttp", "asyncio", "crawler", "ftplib", "http.client", "http.server", "httpx", "itemadapter", "itemloaders",
    "requests", "scrapy", "smtplib", "socket", "socketserver", "ssl", "twisted", "urllib.request", "urllib3",
    "web_poet",
}  # fmt: skip
PURE = {"archive.dates", "archive.extract", "archive.model", "archive.rules", "archive.urls"}
READS_BYTES = {"archive.extract", "archive.house_style"}  # and does nothing else
PURE_LIBRARIES = {"charset_normalizer", "lxml", "numpy", "trafilatura"}
# Of the standard library: what reaches a disk, a clock, another process, or what is outside.
IMPURE = {
    "asyncio", "glob", "http", "io", "mmap", "multiprocessing", "os", "pathlib", "shutil", "signal", "socket",
    "sqlite3", "subprocess", "sys", "tempfile", "threading", "time",
}  # fmt: skip
ASKS_OR_OPENS = {"now", "utcnow", "today", "open", "urlopen", "getenv", "input"}


def modules(package: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / package).rglob("*.py")):
        words = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(words[:-1] if words[-1] == "__init__" else words)
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def imports(name: str, tree: ast.AST) -> set[str]:
    """Everything imported, inside functions too, as dotted names; `from a import b` counts as a and a.b."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative imports hide where they lead"
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def below(module: str, roots: set[str]) -> bool:
    return any(module == root or module.startswith(root + ".") for root in roots)


ARCHIVE = {name: imports(name, tree) for name, tree in modules("archive")}
CRAWLER = {name: imports(name, tree) for name, tree in modules("crawler")}


def importers(roots: set[str]) -> set[str]:
    return {name for name, found in (ARCHIVE | CRAWLER).items() if any(below(x, roots) for x in found)}


def test_the_reading_of_imports_sees_what_hides() -> None:
    source = "import a.b as c\ndef f():\n    from d.e import g\n    if c: import h\n"
    assert imports("x", ast.parse(source)) == {"a.b", "d.e", "d.e.g", "h"}
    assert len(ARCHIVE) > 40 and len(CRAWLER) > 15


def test_archive_never_imports_the_crawler_or_the_network() -> None:
    assert {name: bad for name, found in ARCHIVE.items() if (bad := {x for x in found if below(x, NETWORK)})} == {}


def test_extraction_imports_only_what_is_pure() -> None:
    wrong: dict[str, set[str]] = {}
    for name, found in ARCHIVE.items():
        if not below(name, READS_BYTES):
            continue
        for module in found:
            top = module.partition(".")[0]
            allowed = (
                below(module, PURE)
                or top in PURE_LIBRARIES
                or (top in sys.stdlib_module_names and top not in IMPURE)
                or (module == "archive" or module.removeprefix("archive.") in ("model", "urls", "dates", "rules"))
            )
            if not allowed:
                wrong.setdefault(name, set()).add(module)
    assert wrong == {}


def test_extraction_asks_no_clock_and_opens_nothing_when_called() -> None:
    """Calls of such names within functions; what is done at import, once, is reading the package's own data."""
    wrong = []
    for name, tree in modules("archive"):
        if not below(name, READS_BYTES):
            continue
        functions = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
        for call in (n for function in functions for n in ast.walk(function) if isinstance(n, ast.Call)):
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if called in ASKS_OR_OPENS:
                wrong.append(f"{name}, line {call.lineno}: {called}()")
    assert wrong == []


def test_each_library_has_its_place() -> None:
    assert len(importers({"trafilatura"})) == 1
    assert all(below(name, {"archive.warc"}) for name in importers({"warcio"}))
    assert all(below(name, {"archive.store"}) for name in importers({"sqlite_utils", "sqlite3"}))
    assert all(below(name, {"crawler"}) for name in importers({"scrapy", "twisted"}))
    assert importers({"scrapy"}) and importers({"sqlite_utils"})


def test_the_demo_newspaper_knows_no_scrapy() -> None:
    forbidden = {"scrapy", "twisted", "archive.extract", "archive.store"}
    assert not [name for name in importers(forbidden) if below(name, {"crawler.demo"})]


def test_model_and_errors_are_leaves() -> None:
    for leaf in ("archive.model", "archive.errors"):
        assert not {x for x in ARCHIVE[leaf] if below(x, {"archive", "crawler"})}


def test_the_plugin_for_pytest_stands_alone_and_imports_nothing_before_it_is_asked_to() -> None:
    """pytest rewrites what lies in a package with a plugin, and every run of its users imports the plugin."""
    assert importers({"pytest", "_pytest", "pytest_broadsheet"}) == {"crawler.testing"}  # the other plugin
    probe = "import sys, pytest_broadsheet; print(*sorted(m for m in sys.modules if m.partition('.')[0] in %r))"
    roots = {"archive", "crawler", "click", "tomlkit", "warcio", "sqlite_utils", *HEAVY}
    done = subprocess.run(
        [sys.executable, "-c", probe % roots], capture_output=True, text=True, timeout=60, cwd=ROOT, check=True
    )
    assert done.stdout.split() == []
    import archive

    assert "rewrite" not in type(archive.__loader__).__module__, "this run is disturbed by it"


def test_fixtures_are_collected_without_an_extractor() -> None:
    probe = "import sys, archive.fixtures.expected, archive.fixtures.page; print(*set(%r) & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", probe % (HEAVY,)], capture_output=True, text=True, timeout=60, cwd=ROOT, check=True
    )
    assert done.stdout.split() == []


def test_nothing_imports_tests_or_scripts() -> None:
    assert importers({"tests", "scripts"}) == set()


HEAVY = (
    "scrapy",
    "numpy",
    "twisted",
    "trafilatura",
    "dateparser",
    "feedparser",
    "lxml",
    "aiohttp",
    "rich",
    "pyarrow",
)
PROBE = """
import sys
from crawler.cli import main
sys.argv = ["broadsheet", *sys.argv[1:]]
try:
    main()
except SystemExit as e:
    assert not e.code, e.code
print("IMPORTED", *(name for name in %r if name in sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("search", "x"),
        ("status",),
        ("show", "--help"),
        ("why", "--help"),
        ("crawl", "--help"),
        ("reextract", "--help"),
        ("regress", "--help"),
        ("export",),
        ("cdxj",),
        ("wacz", "--help"),
        ("fixture", "cut", "--help"),
    ],
    ids=lambda words: " ".join(words),
)
def test_commands_that_only_read_start_light(words: tuple[str, ...], tmp_path: Path) -> None:
    from archive import store

    store.create(tmp_path / "news")
    done = subprocess.run(
        [sys.executable, "-c", PROBE % (HEAVY,), *words],
        capture_output=True, text=True, timeout=60, cwd=ROOT, check=False,
        env={**environment(), "BROADSHEET_ARCHIVE": os.fspath(tmp_path / "news")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("IMPORTED"))
    assert line.split()[1:] == []


PARTS = """
import sys
from scrapy.settings import Settings, default_settings
from scrapy.utils.misc import load_object
from crawler import run, settings
from crawler.spiders import news
assert settings._LEFT_OUT <= {*default_settings.DOWNLOADER_MIDDLEWARES_BASE, *default_settings.EXTENSIONS_BASE}
ours = Settings()
ours.setmodule(settings)
for name in ("DOWNLOADER_MIDDLEWARES", "EXTENSIONS", "SPIDER_MIDDLEWARES"):
    parts = ours.get_component_priority_dict_with_base(name)
    assert parts and not settings._LEFT_OUT & set(parts), parts
    for path in parts:
        load_object(path)
print(*{"aiohttp", "requests", "tldextract", "trafilatura"} & set(sys.modules))
"""


def test_a_crawl_imports_nothing_for_what_is_switched_off() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PARTS], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr
