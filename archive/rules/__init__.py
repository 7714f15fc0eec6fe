"""Site rules: what a person says of the pages of one publisher, in TOML, where the general extraction fails.

`Rules` are those of an archive or a command; `Rules.choose` gives the `SiteRules` that hold for one page. This
package is pure, but for `archive.rules.load`, which reads files. docs/site-rules.md is the manual.
"""

from __future__ import annotations

from archive.rules.model import Field, Rule, Rules, Selector, SiteRules

__all__ = ["Field", "Rule", "Rules", "Selector", "SiteRules"]
