"""Crawls in a process of their own: a reactor runs once."""

from __future__ import annotations

import datetime
import ipaddress
import os
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from odd_server import OddServer
from warc_members import Group, Member, groups, members

MAX_BYTES = 65536

# Names under .invalid have no address (RFC 6761 clause 6.4); a test asks no network for that.
OFFLINE = """
import socket
ask = socket.gethostbyname
def gethostbyname(name):
    if name.endswith(".invalid"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return ask(name)
socket.gethostbyname = gethostbyname
from crawler.cli import main
main()
"""


@dataclass
class Crawl:
    """A crawl, running or done; `wait` before anything else is asked."""

    server: OddServer
    folder: Path
    process: subprocess.Popen[str]
    errors: str = ""
    others: dict[str, str] = field(default_factory=dict)  # what else it was sent to

    def wait(self) -> Crawl:
        if self.process.returncode is None:
            _, self.errors = self.process.communicate(timeout=100)
        return self

    @property
    def warc(self) -> Path:
        (path,) = (self.folder / "warc").iterdir()  # sealed, and the only one
        return path

    @cached_property
    def members(self) -> list[Member]:
        return members(self.warc)

    @cached_property
    def groups(self) -> list[Group]:
        return groups(self.members)

    def groups_of(self, url: str) -> list[Group]:
        return [group for group in self.groups if group.url == url]

    def rows(self, query: str, *values: str) -> list[sqlite3.Row]:
        with sqlite3.connect(self.folder / "archive.db") as db:
            db.row_factory = sqlite3.Row
            return db.execute(query, values).fetchall()

    def outcomes(self, url: str) -> list[str]:
        query = "SELECT outcome FROM attempt JOIN url USING (url_id) WHERE url.url = ? ORDER BY attempt_id"
        return [row["outcome"] for row in self.rows(query, url)]


def start(
    server: OddServer, folder: Path, *more: str, timeout_s: int = 1, env: dict[str, str] | None = None
) -> Crawl:
    """Crawl the server's front page, and `more`."""
    options = ["--archive", str(folder), "--allow-address", "loopback", "--contact", "archive@example.org"]
    options += [
        "--delay",
        "0",
        "--timeout",
        str(timeout_s),
        "--max-bytes",
        str(MAX_BYTES),
        "--workers",
        "1",
        "--quiet",
    ]
    command = [sys.executable, "-c", OFFLINE, "crawl", f"{server.url}/", *more, *options]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment() | (env or {})
    )
    return Crawl(server, folder, process)


def environment() -> dict[str, str]:
    """Without the proxies that this machine may have."""
    return {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}


def make_certificate(folder: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Odd News")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


def tls_context(
    certificate: Path, version: ssl.TLSVersion | None = None, ciphers: Sequence[str] = ()
) -> ssl.SSLContext:
    """Of a server that would speak HTTP/2 if it were asked to."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["h2", "http/1.1"])
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(":".join(ciphers))
    return context
