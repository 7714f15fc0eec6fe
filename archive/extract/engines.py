"""The engines that can find a body: a module of its own, since whoever only names one need not load any."""

from __future__ import annotations

MODEL, TRAFILATURA = "model", "trafilatura"
ENGINES = (MODEL, TRAFILATURA)
