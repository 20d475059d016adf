"""The web page of a home: Dagster's own server behind a guard, and Dagster's daemon beside it.

Dagster's server asks nobody who they are: whoever reaches it may launch runs, and a browser lets
any page of any site reach it. The guard lets in what the server's own pages send, and programs of
this machine; docs/security.md says against whom that helps.
"""

import os
import socket
from collections.abc import Callable
from contextlib import ExitStack
from typing import cast
from urllib.parse import urlsplit

import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._daemon.controller import DagsterDaemonController, create_daemons_from_instance
from dagster_webserver.app import create_app_from_workspace_process_context
from uvicorn._types import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPScope,
    Scope,
    WebSocketScope,
)

from locus_pipeline.errors import LocusError
from locus_pipeline.orchestration.code_location import load_target
from locus_pipeline.orchestration.instance import open_instance
from locus_pipeline.settings import Settings
from locus_pipeline.text import shortened

LOOPBACK = "127.0.0.1"
# Whoever asks for another name was led here by a name server that answers with this machine.
NAMES = {LOOPBACK, "localhost"}


class WebError(LocusError):
    """The web page can't be served."""


class Guard:
    """Refuses what a page of another site could make a browser send to the server behind it.

    A request must name this machine as its host. One that says where it comes from (a browser does
    with each POST and each WebSocket) must come from the server's own pages. GraphQL is asked by
    POST alone, and a POST carries JSON, which no form of another page can send. Nobody may show the
    pages in a frame.
    """

    def __init__(self, app: ASGI3Application):
        self.app = app

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Hand the request on, or answer it."""
        if scope["type"] != "http" and scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        reason = refusal(scope)
        if reason is None:
            await self.app(scope, receive, _without_frames(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": reason})
        else:
            plain = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": plain})
            await send({"type": "http.response.body", "body": f"{reason}\n".encode()})


def refusal(scope: HTTPScope | WebSocketScope) -> str | None:
    """Why the request is refused, in a sentence; None where it may pass."""
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    hosts = headers.get("host", [])
    if len(hosts) != 1 or _hostname(f"http://{hosts[0]}") not in NAMES:
        return "Locus answers to 127.0.0.1 and localhost only."
    origins = {f"http://{hosts[0]}", f"https://{hosts[0]}"}  # https: behind a tunnel that adds it
    if any(origin not in origins for origin in headers.get("origin", [])):
        return "Locus answers its own pages only, not those of another site."
    if scope["type"] == "websocket" or scope["method"] in ("GET", "HEAD"):
        if scope["path"].rstrip("/") == "/graphql" and scope["query_string"]:
            return "Locus answers GraphQL by POST only."
        return None
    if scope["method"] != "POST":
        return f"Locus answers GET and POST, not {scope['method']}."
    kinds = [kind.split(";")[0].strip().lower() for kind in headers.get("content-type", [])]
    if kinds != ["application/json"]:
        return "Locus takes application/json only."
    return None


def serve(
    settings: Settings,
    port: int,
    read_only: bool = False,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve the pages of the home on 127.0.0.1 until interrupted; the daemon runs meanwhile.

    `read_only`: the pages launch and change nothing, and no daemon runs schedules or sensors.
    `ready` is called when the definitions are loaded. Raises WebError where the port is taken or
    they can't be.
    """
    try:
        listener = socket.create_server((LOOPBACK, port))
    except (OSError, OverflowError) as error:
        raise WebError(
            f"Port {port} can't be used ({error}); choose another one, like PORT={port + 1} make ui"
        ) from error
    # the code server and the runs that it starts know the home from the environment alone
    os.environ["LOCUS_HOME"] = str(settings.home)
    with ExitStack() as stack:
        stack.enter_context(listener)
        instance = stack.enter_context(open_instance(settings))
        workspace = stack.enter_context(
            WorkspaceProcessContext(
                instance, load_target(), read_only=read_only, code_server_log_level="WARNING"
            )
        )
        # the pages would be there, without a job, a check or a sensor on them
        for trouble in workspace.create_request_context().code_location_errors():
            raise WebError(
                f"The definitions could not be loaded ({shortened(trouble.message)}); try again "
                "when the machine is less busy. `locus dagster definitions validate` says what is "
                "wrong"
            )
        if not read_only:
            # in this process: it shares the loaded code, and ends with the server whatever ends it
            daemons = [stack.enter_context(d) for d in create_daemons_from_instance(instance)]
            stack.enter_context(DagsterDaemonController(workspace, daemons))
        app = Guard(cast(ASGI3Application, create_app_from_workspace_process_context(workspace)))
        ready()
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run([listener])


def _hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _without_frames(send: ASGISendCallable) -> ASGISendCallable:
    """A page that shows ours in a frame could let people click on what they don't see."""

    async def sent(message: ASGISendEvent) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", []), (b"x-frame-options", b"DENY")]
            message = {**message, "headers": headers}
        await send(message)

    return sent
