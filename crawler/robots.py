"""How a crawl asks for robots.txt (RFC 9309); what it then means is in `archive.robots`."""

from __future__ import annotations

from archive.model import Outcome

# RFC 9309 clause 2.4 allows 24 h; then a robots.txt that forbids all for a day might never be seen.
FRESH_S = 12 * 3600
WORTH_ANOTHER_TRY = {Outcome.UNREACHABLE, Outcome.TIMEOUT, Outcome.SERVER_ERROR, Outcome.TRUNCATED}
MAX_HOPS = 5  # RFC 9309 clause 2.3.1.2
