"""`broadsheet regress`: a sample of the archived pages read with the present code and rules, against what is held.

Nothing here writes into the archive.
"""
