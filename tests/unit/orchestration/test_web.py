"""The guard lets in the page's own requests and programs of this machine, and nothing else."""

import asyncio
import socket
from urllib.parse import urlsplit

import pytest
from dagster._core.workspace.load_target import ModuleTarget
from hypothesis import given
from hypothesis import strategies as st

from locus_pipeline.orchestration import web
from locus_pipeline.orchestration.web import Guard, WebError, refusal, serve
from locus_pipeline.settings import Settings

HOST = "127.0.0.1:3000"
OWN = "http://127.0.0.1:3000"
FOREIGN = [
    "http://evil.example",
    "http://127.0.0.1:5000",  # another page of this machine
    "http://localhost:3000",  # the same server under another name: not the page's own
    "https://127.0.0.1:3000.evil.example",
    "http://evil.example:3000",
    "null",  # a sandboxed frame, a file
    "",
    "http://127.0.0.1:3000@evil.example",
]


def request(method="POST", path="/graphql", query=b"", kind="application/json", **headers) -> dict:
    headers = {"host": HOST, **({"content-type": kind} if kind else {}), **headers}
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in headers.items()],
    }


def connected(**headers) -> dict:
    return request(path="/graphql", **headers) | {"type": "websocket"}


@pytest.mark.parametrize(
    "scope",
    [
        request("GET", "/", kind=None),
        request("GET", "/runs/x", b"view=list", kind=None, referer="http://mail.example/"),
        request("GET", "/graphql", kind=None),
        request("HEAD", "/", kind=None),
        request(origin=OWN),
        request(kind="application/json; charset=utf-8", origin=OWN),
        request(),  # a program
        request(host="localhost:8080", origin="http://localhost:8080"),  # through a tunnel
        connected(origin=OWN),
    ],
)
def test_own_pages_and_programs_pass(scope):
    assert refusal(scope) is None


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("make", [request, connected])
def test_another_site_is_refused(make, origin):
    assert "own pages" in refusal(make(origin=origin))


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:3000", "localhost.evil.example:3000", "127.0.0.1.evil.example",
     "192.168.0.7:3000", "0.0.0.0:3000", "[::1", "", "user@evil.example", "127.0.0.1@evil.example"],
)  # fmt: skip
@pytest.mark.parametrize("make", [request, connected])
def test_another_host_name_is_refused(make, host):
    """A name server may answer with this machine: the page is then of the "same" origin."""
    assert "localhost" in refusal(make(host=host, origin=f"http://{host}"))
    assert "localhost" in refusal(make(host=host))


def test_no_host_or_two_are_refused():
    none = request() | {"headers": [(b"content-type", b"application/json")]}
    two = request()
    two["headers"].append((b"host", b"evil.example"))
    assert refusal(none) and refusal(two)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
def test_graphql_is_not_asked_by_get(method, path):
    assert "POST" in refusal(request(method, path, b"query=mutation{x}", kind=None))


@pytest.mark.parametrize(
    "kind",
    [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
     "application/graphql", "text/plain; application/json", "text/application/json"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/graphql", "/report_asset_materialization/asi_block_a"])
def test_what_a_form_can_send_is_refused(kind, path):
    assert "json" in refusal(request(path=path, kind=kind))


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT"])
def test_other_methods_are_refused(method):
    assert method in refusal(request(method))


@given(
    st.sampled_from(["GET", "POST", "PUT"]),
    st.text(st.characters(max_codepoint=255), max_size=40),
    st.text(st.characters(max_codepoint=255), max_size=40) | st.sampled_from(FOREIGN),
)
def test_nothing_passes_but_the_same_origin(method, host, origin):
    """Whatever stands in the headers: an answer, no exception, and no way in from elsewhere."""
    scope = request(method, host=host, origin=origin)
    if refusal(scope) is None:
        assert urlsplit(f"//{host}").hostname in ("127.0.0.1", "localhost")
        assert origin.split("//", 1)[1].split("/")[0] == host


def run(scope) -> list[dict]:
    """What the guard sends, over an app that answers 200."""
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b"hello"})

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(app)(scope, None, send))
    return sent


def test_answers_of_the_server_can_not_be_framed():
    start, body = run(request("GET", "/", kind=None))
    assert start["status"] == 200
    assert start["headers"] == [(b"a", b"b"), (b"x-frame-options", b"DENY")]
    assert body["body"] == b"hello"


def test_a_refusal_is_a_sentence():
    start, body = run(request(origin="http://evil.example"))
    assert start["status"] == 403
    assert body["body"].endswith(b"another site.\n")
    (closed,) = run(connected(origin="http://evil.example"))
    assert closed["type"] == "websocket.close"


def test_a_port_that_is_taken_is_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(WebError, match=f"Port {port} can't be used .*PORT={port + 1} make ui"):
            serve(Settings(home=tmp_path), port)


def test_definitions_that_cannot_be_loaded_are_one_line_and_no_empty_pages(tmp_path, monkeypatch):
    broken = ModuleTarget(
        module_name="no_such_module", attribute=None, working_directory=None, location_name="locus"
    )
    monkeypatch.setattr(web, "load_target", lambda: broken)
    monkeypatch.setenv("LOCUS_HOME", str(tmp_path))  # put back: it is what `serve` sets
    with pytest.raises(WebError, match=r"The definitions could not be loaded \(.*\); try again"):
        serve(Settings(home=tmp_path), 0, read_only=True, ready=pytest.fail)
