"""URLs as the archive compares, follows and sorts them: `normalise`, `surt`, hosts and origins. No I/O."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit

MAX_LENGTH = 2083  # characters; the limit that crawlers and browsers have long shared
DEFAULT_PORTS = {"http": 80, "https": 443}

# Parameters that say where a reader came from and never what a page shows.
TRACKING_PREFIXES = (
    "utm_", "mtm_", "pk_", "hsa_", "at_medium", "at_campaign", "at_custom", "itm_", "matomo_", "piwik_", "gad_",
    "sfmc_", "_bta_", "ns_", "__hs", "_hs", "_branch_", "ml_subscriber", "fb_action_", "trk_",
)  # fmt: skip
TRACKING = frozenset({
    "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "twclid", "ttclid", "yclid", "igshid",
    "igsh", "mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "oly_anon_id", "oly_enc_id", "vero_id",
    "vero_conv", "s_cid", "ncid", "wt_mc", "xtor", "ns_mchannel", "ns_source", "ns_campaign",
    "__twitter_impression", "_ga", "_gl", "cmpid", "icid", "guccounter", "guce_referrer", "guce_referrer_sig",
    "srsltid", "fb_source", "ysclid", "_openstat", "gs_l", "dm_i", "epik", "ef_id", "s_kwcid", "li_fat_id", "mkwid",
    "pcrid", "rb_clickid", "irclickid", "wickedid", "wt_zmc", "vgo_ee", "_kx", "ck_subscriber_id", "soc_src", "soc_trk",
    "ito", "intcmp", "cmp", "ocid", "smid", "smtyp", "ref_src", "ref_url", "mibextid", "nr_email_referer", "tblci",
    "obclickid", "oborigurl", "dicbo", "hsctatracking", "__s", "ss_email_id",
})  # fmt: skip

# Parameters that say which visit this is: those that are always that, and those that are if they look like it.
SESSIONS = frozenset({"jsessionid", "phpsessid", "oscsid", "zenid", "cftoken", "sessid", "phpsessionid"})
_MAYBE_SESSIONS = frozenset({"sid", "session", "sessionid", "session_id", "sess", "s_id", "cfid"})
_SESSION_ID = re.compile(r"(?=.*\d)[0-9a-z._-]{16,}", re.I)
_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sessionid|sid)=[^/;]*|/(?:\([a-z]\([0-9a-z]{24}\)\))+(?=/)", re.I)

_STRIPPED = "".join(map(chr, range(0x21)))  # C0 controls and the blank, as WHATWG URL strips them
_INNER = re.compile(r"[\t\n\r]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_ABSOLUTE = re.compile(r"https?://", re.I)
_PLAIN_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9_])?")
_BAD_HOST = re.compile(r"[\x00-\x20\"#%/:<>?@\[\\\]^`{|}\x7f]")
# What needs no work: a plain host, a path without dot segments and percent signs, no query, no fragment.
_FAST = re.compile(r"https?://(?:[a-z0-9][a-z0-9-]{0,62}\.){1,8}[a-z0-9]{1,63}(/[A-Za-z0-9/_~!$&'()*+,;=:@.-]*)?")
# A host in its normal form; with a port that may be the scheme's own there is more to see to.
_PLAIN_NETLOC = re.compile(
    r"https?://([a-z0-9][a-z0-9.-]{0,250}[a-z0-9](?::(?!80[/?#]|443[/?#])[1-9]\d{1,4})?)(?=[/?#])"
)
_SAFE = "!#$%&'()*+,-./:;=?@[]_~"
_VISIBLE = re.compile(r"[!\"$-~]*")  # ASCII without blank and #
_DOT_SEGMENT = re.compile(r"/\.\.?(?=/|$)")
_WWW = re.compile(r"^www\d*\.")
_NAMED_AFTER = re.compile(r"(?i)(?:(?!https?:)[a-z][\w.+-]*:)+(?=https?://)")
_ENCODED_DOT = re.compile(r"(?i)(?<=/)(?:%2e|\.){1,2}(?=/|$)")


def normalise(url: str, base: str | None = None) -> str | None:
    """The absolute http(s) URL that `url` (relative to `base`) means, in one spelling; None if it is none.

    Scheme and host in lower case, host in IDNA, no default port, no user information (an archive keeps no
    credentials), no fragment, no dot segments, unsafe characters percent-encoded as UTF-8, tracking parameters
    and session ids dropped, the query otherwise as it stands (RFC 3986, section 6.2.2). Never raises; what comes back
    is printable ASCII of at most `MAX_LENGTH` characters.
    """
    if not isinstance(url, str) or len(url) > 4 * MAX_LENGTH:
        return None
    url = url.strip(_STRIPPED)
    if base is not None and url[:1] == "/" and url[1:2] not in ("/", "\\"):
        url = _base_origin(base) + url
    fast = _FAST.fullmatch(url)
    if (
        fast
        and "/." not in url
        and ".." not in url
        and ";" not in url
        and "/(" not in url
        and len(url) < MAX_LENGTH
    ):
        return url if fast[1] else url + "/"
    return _spelled(url, base, drop=True)


def _spelled(url: str, base: str | None, *, drop: bool) -> str | None:
    """See `normalise`; `drop`: without what tells of the reader, not of the page."""
    url = _INNER.sub("", url)
    if _CONTROL.search(url):
        return None
    try:
        if not _ABSOLUTE.match(url):
            if base is None:
                return None
            url = urljoin(base, url.replace("\\", "/"))
        parts = urlsplit(url.replace("\\", "/") if "\\" in url.partition("?")[0] else url)
        scheme, port = parts.scheme.lower(), parts.port
    except ValueError:
        return None
    if scheme not in DEFAULT_PORTS:
        return None
    host = _host(parts.hostname or "")
    if host is None:
        return None
    netloc = host if port is None or port == DEFAULT_PORTS[scheme] else f"{host}:{port}"
    try:
        path = _path(_IN_PATH.sub("", parts.path) if drop else parts.path)
        query = _query(parts.query, drop=drop) if parts.query else ""
    except UnicodeEncodeError:
        return None
    found = f"{scheme}://{netloc}{path}" + (f"?{query}" if query else "")
    return found if len(found) <= MAX_LENGTH else None


def captured_url(uri: str) -> str:
    """The URL of a capture of any tool: as its record has it, by which replay finds it, in one spelling where that is
    none. Parameters that `normalise` drops stay.
    """
    found = _spelled(uri.strip(_STRIPPED), None, drop=False) or uri
    head, _, query = uri.partition("?")
    return uri if found.partition("?")[0] == head and _VISIBLE.fullmatch(query) else found


def page_key(uri: str) -> str:
    """What the URLs of one page have in common: one spelling, http or https, also of what tools name after a page
    (`urn:text:https://...`)."""
    inner = _NAMED_AFTER.match(uri)
    found = normalise(uri[inner.end() :] if inner else uri)
    return "https:" + found.partition(":")[2] if found else uri


@lru_cache(maxsize=64)
def _base_origin(base: str) -> str:
    """The origin to put before an absolute path; empty (so that nothing comes of it) if `base` has none."""
    try:
        parts = urlsplit(base)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""


@lru_cache(maxsize=4096)
def _host(host: str) -> str | None:
    """A host name in lower case and IDNA (RFC 5891, labels mapped by NFKC); None if it cannot be one."""
    host = host.lower()
    if ":" in host:
        try:
            return f"[{ipaddress.IPv6Address(host.partition('%')[0]).compressed}]"
        except ValueError:
            return None
    if not host.isascii():
        host = re.sub("[\u3002\uff0e\uff61]", ".", unicodedata.normalize("NFKC", host).lower())
    host = host.removesuffix(".")
    labels = host.split(".")
    if not host or len(host) > 253 or _BAD_HOST.search(host) or not all(0 < len(x) <= 63 for x in labels):
        return None
    if not host.isascii():
        labels = [x if x.isascii() else "xn--" + x.encode("punycode").decode("ascii") for x in labels]
        host = ".".join(labels)
    return host if _PLAIN_HOST.fullmatch(host) else None


def _path(path: str) -> str:
    if not path:
        return "/"
    path = quote(path, safe=_SAFE)
    if "%2" in path:
        path = _ENCODED_DOT.sub(lambda m: m[0].lower().replace("%2e", "."), path)
    if not _DOT_SEGMENT.search(path):
        return path
    out: list[str] = []
    segments = path.split("/")[1:]
    for i, segment in enumerate(segments):
        last = i == len(segments) - 1
        if segment == "..":
            if out:
                out.pop()
            if last:
                out.append("")
        elif segment == ".":
            if last:
                out.append("")
        else:
            out.append(segment)
    return "/" + "/".join(out)


def _query(query: str, *, drop: bool) -> str:
    kept = [part for part in query.split("&") if not (drop and _is_of_the_reader(part))]
    return quote("&".join(kept), safe=_SAFE + "/").replace("'", "%27") if kept else ""


def _is_of_the_reader(part: str) -> bool:
    """Where a reader came from, or which visit it is: nothing that a page depends on."""
    name, _, value = part.partition("=")
    name = name.lower()
    if name in TRACKING or name in SESSIONS or name.startswith((*TRACKING_PREFIXES, "aspsessionid")):
        return True
    return name in _MAYBE_SESSIONS and _SESSION_ID.fullmatch(value) is not None


def host_of(url: str) -> str:
    """`host[:port]` in lower case, without the scheme's default port; empty for what is no http(s) URL."""
    if plain := _PLAIN_NETLOC.match(url):
        return plain[1]
    found = normalise(url)
    return urlsplit(found).netloc if found else ""


def origin_of(url: str) -> str:
    """`scheme://host[:port]` as in RFC 6454; empty for what is no http(s) URL."""
    found = normalise(url)
    return found[: found.index("/", 8)] if found else ""


def same_site(host: str, hosts: str | tuple[str, ...] | list[str] | set[str] | frozenset[str]) -> bool:
    """Whether `host` is one of `hosts`, where a leading `www.` makes no difference."""
    known = (hosts,) if isinstance(hosts, str) else hosts
    bare = host.lower().removeprefix("www.")
    return any(bare == other.lower().removeprefix("www.") for other in known)


# Labels below a country's domain that are registered under, not registered: example.co.uk, example.or.jp.
_SHARED_LABELS = frozenset({
    "ac", "co", "com", "edu", "gen", "gob", "gouv", "gov", "govt", "go", "gv", "mil", "ne", "net", "nom", "or", "org",
    "web",
})  # fmt: skip


def registered_host(host: str) -> str:
    """The part of `host[:port]` that somebody registered: news.example.co.uk -> example.co.uk.

    Told by the shape of the name alone, without the public suffix list: the blogs of one platform come out as one.
    """
    name = host.partition(":")[0] if not host.startswith("[") else host
    labels = name.split(".")
    if labels[-1].isdigit() or len(labels) < 3:
        return name
    below_country = len(labels[-1]) == 2 and labels[-2] in _SHARED_LABELS
    return ".".join(labels[-3 if below_country else -2 :])


_SESSION_PATH = (
    re.compile(r"^(.*/)(?:\((?:[a-z]\([0-9a-z]{24}\))+\)/)([^?]+\.aspx.*)$"),
    re.compile(r"^(.*/)(?:\([0-9a-z]{24}\)/)([^?]+\.aspx.*)$"),
    re.compile(r"^(.+);jsessionid=[0-9a-z]{32}(.*)$"),
)
_SESSION_QUERY = (
    re.compile(r"^(.*)jsessionid=[0-9a-z]{10,}(?:&(.*))?$"),
    re.compile(r"^(.*)phpsessid=[0-9a-z]{32}(?:&(.*))?$"),
    re.compile(r"^(.*)sid=[0-9a-z]{32}(?:&(.*))?$"),
    re.compile(r"^(.*)aspsessionid[a-z]{8}=[a-z]{24}(?:&(.*))?$"),
    re.compile(r"^(.*)cfid=[^&]+&cftoken=[^&]+(?:&(.*))?$"),
)


def surt(url: str) -> str:
    """The sort-friendly key of a URL as CDXJ files hold it: `com,example)/path?query`.

    Made as the indexers of the Wayback family make it, so that their readers find it: host reversed without
    `www.`, everything in lower case, query sorted by name, session ids and a trailing slash dropped, a port
    other than the default kept behind the host. A URL that is no http(s) URL is its own key in lower case.
    """
    try:
        parts = urlsplit(_INNER.sub("", url.strip(_STRIPPED)))
        scheme, port = parts.scheme.lower(), parts.port
        host = _host(parts.hostname or "")
    except ValueError:
        return url.lower()
    if scheme not in DEFAULT_PORTS or host is None:
        return url.lower()
    host = _WWW.sub("", host)
    reversed_host = host if host[0] == "[" or _is_ipv4(host) else ",".join(reversed(host.split(".")))
    place = reversed_host if port in (None, DEFAULT_PORTS[scheme]) else f"{reversed_host}:{port}"
    path = _path(parts.path.encode("utf-8", "replace").decode("utf-8")).lower()
    for expression in _SESSION_PATH:
        if match := expression.match(path):
            path = match[1] + match[2]
    if len(path) > 1:
        path = path.rstrip("/") or "/"
    query = quote(parts.query, safe=_SAFE + "/", errors="replace").lower()
    for expression in _SESSION_QUERY:
        if match := expression.match(query):
            query = match[1] + (match[2] or "")
    query = "&".join(sorted(query.rstrip("&").split("&"), key=lambda part: tuple(part.partition("=")[::2])))
    return f"{place}){path}" + (f"?{query}" if query else "")


def _is_ipv4(host: str) -> bool:
    return host.replace(".", "").isdigit() and host.count(".") == 3
