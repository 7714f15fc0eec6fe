"""Broadsheet's functional core: records, clean articles and queries, without any network."""

__version__ = "0.1.0"
