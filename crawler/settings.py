"""Scrapy's settings for this project, as `scrapy crawl news` and `broadsheet crawl` use them.

Where a default of Scrapy is unsafe or unfit for an archive, the reason stands beside it.
"""

from scrapy.settings import default_settings as scrapys

BOT_NAME = "broadsheet"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
USER_AGENT = "broadsheet"  # `crawler.run` adds the version and the contact, and refuses to start without one

# Capture: every exchange of http and https passes the handler that archives it; nothing else may answer.
DOWNLOAD_HANDLERS = {
    "http": "crawler.handler.WarcHTTPHandler",
    "https": "crawler.handler.WarcHTTPHandler",
    "file": None,  # a page's link to file:// would be read from our disk
    "data": None,
    "ftp": None,
    "s3": None,
}
ADDONS = {"crawler.addon.Replay": 0}  # for `scrapy check`; a crawl that it would answer is refused
EXTENSIONS = {"crawler.archivist.Archivist": 0}
HTTPCACHE_ENABLED = False  # a cached answer has no capture
COMPRESSION_ENABLED = False  # bodies are decoded once, in the worker processes, under limits
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    # What every replay tool can read: pywb no zstd, replayweb.page no deflate, and warcio fails on br wherever
    # Google's brotli is installed.
    "Accept-Encoding": "gzip",
}
DOWNLOAD_FAIL_ON_DATALOSS = True

# Left out of Scrapy's own lists: it would import even what is named there as None, and much of a crawl's start was
# the modules behind cookies (requests) and the remote control (aiohttp).
_LEFT_OUT = {
    # Robots, pace, redirects, retries and scope are decided by the frontier, in one place and with an outcome each.
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware",
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware",
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware",
    "scrapy.downloadermiddlewares.retry.RetryMiddleware",
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware",
    # What is switched off below as well, for lists that name them again.
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware",
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware",
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware",
    "scrapy.extensions.telnet.TelnetConsole",
    "scrapy.extensions.remote_control.RemoteControl",
}
DOWNLOADER_MIDDLEWARES_BASE = {
    path: place for path, place in scrapys.DOWNLOADER_MIDDLEWARES_BASE.items() if path not in _LEFT_OUT
}
EXTENSIONS_BASE = {path: place for path, place in scrapys.EXTENSIONS_BASE.items() if path not in _LEFT_OUT}
ROBOTSTXT_OBEY = True  # by crawler.robots, RFC 9309; Scrapy's own middleware reads errors as permission
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,  # a 404 is an outcome, not an error
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
}
CONCURRENT_ITEMS = 1  # Scrapy starts so many tasks for each answer; there is at most one item
CONCURRENT_REQUESTS = 32
CONCURRENT_REQUESTS_PER_DOMAIN = 16  # an upper bound; the frontier keeps to one a host unless told otherwise
DOWNLOAD_DELAY = 0  # the frontier waits, at least a second a host unless told otherwise
DOWNLOAD_DELAY_JITTER = 0

DOWNLOAD_TIMEOUT = 45  # 180 lets a slow drip hold a slot for minutes
DOWNLOAD_MAXSIZE = 32 * 1024 * 1024  # on the wire; 1 GiB by default
DOWNLOAD_WARNSIZE = 0
DNS_TIMEOUT = 20
TWISTED_DNS_RESOLVER = "crawler.guard.GuardedResolver"
BROADSHEET_ALLOW_ADDRESSES: list[str] = []  # private addresses that may be connected to: "loopback", "10.0.0.0/8"

COOKIES_ENABLED = False  # an archive wants no login state, and the cookie jar asks the network for a suffix list
TELNETCONSOLE_ENABLED = False  # these two let local programs run Python in this process
REMOTE_CONTROL_ENABLED = False
LOG_LEVEL = "INFO"
