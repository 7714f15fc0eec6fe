"""What an error of the downloader means, and what TLS suites are called."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    StopDownload,
)
from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError
from twisted.python.failure import Failure
from twisted.web._newclient import ParseError, RequestGenerationFailed, ResponseFailed, ResponseNeverReceived
from twisted.web.http import _DataLoss, _MalformedChunkedDataError

from archive.message import without_credentials
from archive.model import Outcome
from crawler.handler import TRUNCATED, outcome_of, outcome_of_answer
from crawler.wire import Take, Tape, TooLarge, iana_cipher


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def failed(*reasons: Exception, kind: Callable[..., Exception] = ResponseFailed) -> Exception:
    return caused(DownloadFailedError("no"), kind([Failure(reason) for reason in reasons]))


def data_loss(*reasons: Exception) -> Exception:
    return caused(ResponseDataLossError(), ResponseFailed([Failure(reason) for reason in reasons]))


CASES: dict[str, tuple[Exception, bool | None, Outcome]] = {
    "stopped": (StopDownload(), True, Outcome.TOO_LARGE),
    "max size": (DownloadCancelledError("too big"), True, Outcome.TOO_LARGE),
    "head without end": (failed(TooLarge("a header line without end")), True, Outcome.TOO_LARGE),
    "framing without end": (data_loss(TooLarge("after 9 bytes"), _DataLoss()), True, Outcome.TOO_LARGE),
    "timeout": (DownloadTimeoutError("took longer"), False, Outcome.TIMEOUT),
    "timeout in the body": (DownloadTimeoutError("took longer"), True, Outcome.TIMEOUT),
    "no address": (CannotResolveHostError("x"), False, Outcome.UNRESOLVED),
    "refused": (
        caused(DownloadConnectionRefusedError("x"), ConnectionRefusedError()), False, Outcome.UNREACHABLE,
    ),
    "no answer": (failed(ConnectionLost(), kind=ResponseNeverReceived), False, Outcome.UNREACHABLE),
    "not sent": (failed(ValueError("bad"), kind=RequestGenerationFailed), False, Outcome.UNREACHABLE),
    "no handshake": (failed(SSL.Error([]), kind=ResponseNeverReceived), False, Outcome.TLS_FAILED),
    "garbage": (failed(ParseError("wrong number of parts", b"SSH-2.0")), True, Outcome.BAD_RESPONSE),
    "two lengths": (failed(ValueError("conflicting Content-Length")), True, Outcome.BAD_RESPONSE),
    "bad chunk": (data_loss(_MalformedChunkedDataError("odd"), _DataLoss()), True, Outcome.BAD_RESPONSE),
    "cut head": (failed(ConnectionDone()), True, Outcome.TRUNCATED),
    "cut body": (data_loss(ConnectionLost(), _DataLoss()), True, Outcome.TRUNCATED),
    "TLS broke in the body": (data_loss(SSL.Error([]), _DataLoss()), True, Outcome.TRUNCATED),
    "anything else": (RuntimeError("odd"), False, Outcome.UNREACHABLE),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_outcome_of(name: str) -> None:
    error, answered, expected = CASES[name]
    outcome, detail = outcome_of(error, stopping=False, answered=answered)
    assert outcome == expected
    assert detail
    assert "\n" not in detail
    assert "b'" not in detail  # for people


@pytest.mark.parametrize("name", [name for name in CASES if name != "TLS broke in the body"])
def test_outcome_of_the_exception_alone(name: str) -> None:
    error, _, expected = CASES[name]
    assert outcome_of(error, stopping=False)[0] == expected


def test_what_is_cancelled_while_stopping_is_stopped() -> None:
    for error in (StopDownload(), DownloadCancelledError("")):
        assert outcome_of(error, stopping=True, answered=False)[0] == Outcome.STOPPED
    assert outcome_of(DownloadTimeoutError(""), stopping=True, answered=False)[0] == Outcome.TIMEOUT


def test_an_answer_is_archived_only_if_its_bytes_are_whole() -> None:
    class Transport:
        def getPeer(self) -> None:
            return None

    tape = Tape()
    tape.takes += [Take(Transport(), reused=True), Take(Transport(), reused=False)]
    assert outcome_of_answer([], tape)[0] == Outcome.TRUNCATED
    tape.takes[-1].finish(b"")
    assert outcome_of_answer([], tape) == (Outcome.ARCHIVED, None)
    assert outcome_of_answer(["partial"], tape) == (Outcome.ARCHIVED, None)
    assert outcome_of_answer(["dataloss"], tape)[0] == Outcome.TRUNCATED
    assert outcome_of_answer(["download_stopped"], tape)[0] == Outcome.TOO_LARGE


def test_every_reason_is_one_that_the_standard_knows() -> None:
    assert {*TRUNCATED.values()} <= {"length", "time", "disconnect", "unspecified"}  # ISO 28500 clause 5.13


# OpenSSL's name and the one of the IANA registry "TLS Cipher Suites".
SUITES = {
    "ECDHE-ECDSA-AES128-GCM-SHA256": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384": "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "DHE-RSA-AES128-GCM-SHA256": "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    "DHE-DSS-AES256-GCM-SHA384": "TLS_DHE_DSS_WITH_AES_256_GCM_SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305": "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "ECDHE-RSA-CHACHA20-POLY1305": "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "DHE-RSA-CHACHA20-POLY1305": "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES128-SHA256": "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "ECDHE-RSA-AES256-SHA384": "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
    "ECDHE-RSA-AES128-SHA": "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "ECDHE-ECDSA-AES256-SHA": "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "DHE-RSA-AES256-SHA256": "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
    "DHE-RSA-AES128-SHA": "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
    "AES128-GCM-SHA256": "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "AES256-SHA256": "TLS_RSA_WITH_AES_256_CBC_SHA256",
    "AES128-SHA": "TLS_RSA_WITH_AES_128_CBC_SHA",
    "DES-CBC3-SHA": "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "ECDHE-RSA-DES-CBC3-SHA": "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "AES128-CCM": "TLS_RSA_WITH_AES_128_CCM",
    "DHE-RSA-AES256-CCM8": "TLS_DHE_RSA_WITH_AES_256_CCM_8",
    "ECDHE-ECDSA-AES128-CCM8": "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
    "ECDHE-ARIA256-GCM-SHA384": "TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384",
    "ARIA128-GCM-SHA256": "TLS_RSA_WITH_ARIA_128_GCM_SHA256",
    "DHE-RSA-CAMELLIA128-SHA256": "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256",
    "CAMELLIA256-SHA": "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA",
    "TLS_AES_256_GCM_SHA384": "TLS_AES_256_GCM_SHA384",
}


@pytest.mark.parametrize("name", SUITES)
def test_iana_cipher(name: str) -> None:
    assert iana_cipher(name) == SUITES[name]


def test_no_name_is_made_up() -> None:
    for name in (
        None,
        "",
        "PSK-AES128-CBC-SHA",
        "SRP-AES-128-CBC-SHA",
        "ADH-AES128-SHA",
        "NULL-SHA",
        "NEW-AES512",
    ):
        assert iana_cipher(name) is None


def test_every_suite_that_is_offered_here_has_a_name() -> None:
    """Those with a pre-shared key, a password or no certificate cannot come about."""
    offered = SSL.Connection(SSL.Context(SSL.TLS_METHOD), None).get_cipher_list()
    unnamed = [name for name in offered if iana_cipher(name) is None]
    assert all("PSK" in name or "SRP" in name for name in unnamed), unnamed
    assert len(offered) - len(unnamed) >= 12


def test_without_credentials() -> None:
    kept = b"GET / HTTP/1.1\r\nHost: odd.example\r\nX-Cookie: stays\r\n"
    secret = (
        b"Cookie: a=1\r\nPROXY-authorization: Basic eDp5\r\nauthorization:Bearer z\r\n\tfolded\r\nCookie: b=2\r\n"
    )
    request, removed = without_credentials(kept + secret + b"Accept: */*\r\n\r\n")
    assert request == kept + b"Accept: */*\r\n\r\n"
    assert removed == ("Cookie", "PROXY-authorization", "authorization", "Cookie")
    assert without_credentials(request) == (request, ())
    body = b"POST / HTTP/1.1\r\n\r\nCookie: in the body\r\n\r\n"
    assert without_credentials(body) == (body, ())
