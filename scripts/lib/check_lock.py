"""Fails if requirements.lock does not hold what pyproject.toml asks for, has no hashes, or names an index."""

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(x for group in project["optional-dependencies"].values() for x in group)]
    lock = (ROOT / "requirements.lock").read_text()
    locked = {
        canonicalize_name(name): version for name, version in re.findall(r"(?m)^([\w.-]+)==([^\s;\\]+)", lock)
    }
    problems = []
    for text in wanted:
        requirement = Requirement(text)
        version = locked.get(canonicalize_name(requirement.name))
        if version is None or version not in requirement.specifier:
            problems.append(f"{text} is asked for, {version or 'nothing'} is locked")
    if lock.count("--hash=") < len(locked):
        problems.append("a package has no hash")
    if re.search(r"(?i)https?://|--(extra-)?index-url", re.sub(r"(?m)^\s*#.*$", "", lock)):
        problems.append("an address is inside")
    for problem in problems:
        print(f"requirements.lock: {problem}; run scripts/lock", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
