"""Drift: how the pages of a site are read, field by field and by their template, against the site's own past."""
