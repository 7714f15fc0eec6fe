"""Broadsheet's imperative shell: the only package that imports Scrapy or opens a connection."""
