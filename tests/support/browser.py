"""A headless Chromium that a test drives over its debugging socket."""

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from websockets.sync.client import ClientConnection, connect

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
PATIENCE = 60  # seconds, on a busy machine


class Page:
    """One tab."""

    def __init__(self, socket: ClientConnection):
        self._socket = socket
        self._calls = 0
        self.complaints: list[str] = []  # what the console of the browser says, once listened to

    def open(self, address: str) -> None:
        """Go there; returns when the document is loaded."""
        self._call("Page.navigate", url=address)
        self.wait_for("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression, awaited where it is a promise."""
        answer = self._call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, script: str) -> Any:
        """The value of the expression as soon as it is true."""
        deadline = time.monotonic() + PATIENCE
        while not (value := self.run(script)):
            assert time.monotonic() < deadline, f"{script}: {self.run('document.body.innerText')}"
            time.sleep(0.3)
        return value

    def click(self, text: str) -> None:
        """Press the button or link with this text, when there is one that can be pressed."""
        button = (
            "[...document.querySelectorAll('button, a, [role=menuitem]')].find("
            f"each => each.innerText.trim() === {json.dumps(text)} && !each.disabled)"
        )
        self.wait_for(f"{button} !== undefined")
        self.run(f"{button}.click()")

    def listen(self) -> None:
        """Note from now on what the browser's console says."""
        self._call("Log.enable")
        self._call("Runtime.enable")

    def set_width(self, width: int) -> None:
        """Be as wide as a phone or a desktop."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=1000,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def picture(self, path: Path) -> None:
        """Save what the page looks like as PNG."""
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot")["data"]))

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._calls += 1
        self._socket.send(json.dumps({"id": self._calls, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=PATIENCE))
            if answer.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
                self.complaints.append(json.dumps(answer["params"])[:500])
            if answer.get("method") == "Runtime.consoleAPICalled":
                said = [each.get("value") for each in answer["params"]["args"]]
                self.complaints.append(f"{answer['params']['type']}: {said}")
            if answer.get("id") == self._calls:
                assert "error" not in answer, answer["error"]
                return answer["result"]


@contextmanager
def browser(profile: Path, *options: str) -> Iterator[Page]:
    """A tab of a fresh browser with its own profile folder."""
    process = subprocess.Popen(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", f"--user-data-dir={profile}", "--window-size=1600,1000",
         "--remote-debugging-port=0", "--remote-allow-origins=*", *options, "about:blank"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        told = profile / "DevToolsActivePort"
        deadline = time.monotonic() + PATIENCE
        while not (told.exists() and "\n" in told.read_text()):
            assert process.poll() is None, "Chromium ended"
            assert time.monotonic() < deadline, "Chromium does not answer"
            time.sleep(0.1)
        port = told.read_text().splitlines()[0]
        tabs = requests.get(f"http://127.0.0.1:{port}/json", timeout=PATIENCE).json()
        (tab,) = [tab for tab in tabs if tab["type"] == "page"]
        with connect(tab["webSocketDebuggerUrl"], max_size=None) as socket:
            yield Page(socket)
    finally:
        process.terminate()
        process.wait(timeout=30)
