"""WARC files (ISO 28500:2017): records, writer, reader, recovery after a crash, verification."""
