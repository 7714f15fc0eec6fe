"""The private names of Scrapy and Twisted that the capture stands on; a release that moves one fails here first."""

from __future__ import annotations

import inspect

from scrapy.core.downloader.handlers import http11
from scrapy.utils import _download_handlers
from twisted.web import _newclient, client, http

from crawler.handler import WarcHTTPHandler
from crawler.wire import WireFactory, WireParser, WireProtocol


def test_the_agent_takes_what_we_hand_it() -> None:
    parameters = inspect.signature(http11._ScrapyAgent).parameters
    assert [*parameters] == [
        "contextFactory",
        "connectTimeout",
        "bindAddress",
        "pool",
        "maxsize",
        "warnsize",
        "fail_on_dataloss",
        "crawler",
        "tls_verbose_logging",
    ]
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in parameters.values())
    source = inspect.getsource(http11.HTTP11DownloadHandler.download_request)
    for name in parameters.keys() - {"connectTimeout"}:
        assert f"{name}=" in source  # the parent hands over the same
    assert "_ScrapyAgent(" in source


def test_the_handler_has_the_attributes_that_we_read() -> None:
    source = inspect.getsource(http11.HTTP11DownloadHandler) + inspect.getsource(http11.BaseHttpDownloadHandler)
    for name in ("_pool", "_contextFactory", "_bind_address", "_crawler"):
        assert f"self.{name}" in source
    for name in ("_default_maxsize", "_default_warnsize", "_fail_on_dataloss", "_tls_verbose_logging"):
        assert f"self.{name}" in source
    assert "self._pool._factory = _LenientHTTP11ClientFactory" in source
    assert inspect.iscoroutinefunction(WarcHTTPHandler.download_request)
    assert inspect.iscoroutinefunction(http11.HTTP11DownloadHandler.download_request)
    assert callable(_download_handlers.wrap_twisted_exceptions)


def test_the_pool_builds_connections_with_its_factory() -> None:
    assert client.HTTPConnectionPool._factory is client._HTTP11ClientFactory
    assert "self._factory(" in inspect.getsource(client.HTTPConnectionPool._newConnection)
    assert [*inspect.signature(client.HTTPConnectionPool.getConnection).parameters] == ["self", "key", "endpoint"]
    assert issubclass(WireFactory, client._HTTP11ClientFactory)
    protocol = WireFactory(print, "metadata").buildProtocol(None)
    assert isinstance(protocol, WireProtocol)
    assert protocol._quiescentCallback is print


def test_the_protocol_is_the_one_we_extend() -> None:
    assert WireProtocol.__mro__[1] is http11._LenientHTTP11ClientProtocol
    assert WireProtocol.__mro__[2] is _newclient.HTTP11ClientProtocol
    assert WireProtocol._state == "QUIESCENT"
    for name in ("request", "dataReceived", "_finishResponse", "_giveUp", "connectionLost"):
        assert name in vars(WireProtocol)
        assert callable(getattr(_newclient.HTTP11ClientProtocol, name))
    source = inspect.getsource(_newclient.HTTP11ClientProtocol)
    assert 'if self._state != "QUIESCENT"' in source
    assert "HTTPClientParser(request, self._finishResponse)" in source
    assert "request.writeTo(self.transport)" in source
    assert "self._giveUp(Failure())" in source  # what the parser raises ends there
    assert "not self._currentRequest.persistent" in source


def test_the_parser_is_the_one_we_extend() -> None:
    assert WireParser.__mro__[1] is http11._LenientHTTPClientParser
    assert "_LenientHTTPClientParser" in inspect.getsource(http11._LenientHTTP11ClientProtocol.request)
    assert "__init__" not in vars(WireParser)  # its instances are made as the parent's
    assert "__init__" not in vars(http11._LenientHTTPClientParser)
    for name in ("headerReceived", "allHeadersReceived", "lineLengthExceeded"):
        assert callable(getattr(_newclient.HTTPClientParser, name))
    assert "self.MAX_LENGTH" in inspect.getsource(_newclient.HTTPClientParser.__mro__[2].dataReceived)
    assert _newclient.BODY == "BODY"
    assert issubclass(_newclient.ResponseNeverReceived, _newclient.ResponseFailed)
    assert issubclass(http._MalformedChunkedDataError, Exception)


def test_the_request_can_carry_a_tape() -> None:
    assert not hasattr(_newclient.Request, "__slots__")
    assert [*inspect.signature(_newclient.Request.writeTo).parameters] == ["self", "transport"]
    source = inspect.getsource(client._RetryingHTTP11ClientProtocol.request)
    assert "connection.request(request)" in source  # a resend is made with the same object
