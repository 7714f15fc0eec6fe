#!/bin/sh
# What CI asks of a repository of site rules and fixtures: docs/add-a-site.md.
# A base that `broadsheet regress --save base.json` kept is compared where it and the archive are there.
set -eu
pytest --page-fixtures fixtures
broadsheet rules check rules
if [ -f scrapy.cfg ]; then
    scrapy check
fi
if [ -f base.json ] && [ -f "${BROADSHEET_ARCHIVE:-news}/archive.db" ]; then
    broadsheet regress --archive "${BROADSHEET_ARCHIVE:-news}" --rules rules --against base.json --junit regress.xml
fi
