"""`python -m crawler` is `broadsheet`."""

from crawler.cli import main

if __name__ == "__main__":
    main()
