"""WARC and WACZ files from elsewhere, on their way into the archive.

`sources` finds the files, `run` takes in one after another, `entering` brings their captures through the pipeline,
`sites` says which site each belongs to, `event` is what the archive notes of it so that a rebuild can do it again.
"""
