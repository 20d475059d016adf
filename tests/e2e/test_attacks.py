"""What a page of another site can make a browser do to the server of `make ui`: nothing.

The page lies on another port of this machine, the nearest that another site can come, and under a
name that leads here.
"""

import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.support.browser import CHROMIUM, browser
from tests.support.server import ask, runs, server

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

LAUNCH = """
mutation {
  launchRun(executionParams: {
    mode: "default", runConfigData: %s,
    selector: {repositoryLocationName: "locus", repositoryName: "__repository__",
               jobName: "__ASSET_JOB", assetSelection: [{path: ["%s"]}]}
  }) { __typename ... on RunConfigValidationInvalid { errors { message } } }
}
"""
HARMLESS = LAUNCH % ("{}", "asi_edition")
PAGE = """
<!doctype html><title>Attack</title><body>
<script>
const server = SERVER, query = QUERY, done = [];
const byAddress = server + "/graphql?query=" + encodeURIComponent(query);
function image() {
  return new Promise(end => {
    const picture = new Image();
    picture.onload = picture.onerror = () => end("image");
    picture.src = byAddress;
  });
}
function form(enctype, action) {
  return new Promise(end => {
    const frame = document.createElement("iframe");
    frame.name = "frame" + Math.random();
    document.body.append(frame);
    const form = document.createElement("form");
    Object.assign(form, {method: "POST", enctype, action, target: frame.name});
    const field = document.createElement("textarea");
    const plain = enctype === "text/plain";  // name=value, which can be made to read as JSON
    field.name = plain ? JSON.stringify({query}).slice(0, -1) + ', "x": "' : "query";
    field.value = plain ? '"}' : query;
    form.append(field);
    document.body.append(form);
    frame.onload = () => end(enctype);
    form.submit();
    setTimeout(() => end(enctype), 5000);
  });
}
async function fetched(type) {
  for (const address of [server + "/graphql", byAddress]) {
    await fetch(address, {method: "POST", mode: "no-cors", credentials: "include",
      headers: {"Content-Type": type}, body: JSON.stringify({query})}).catch(() => null);
    await fetch(address, {method: "POST", headers: {"Content-Type": "application/json"},
      body: JSON.stringify({query})}).catch(() => null);
  }
  return "fetch";
}
function socket() {
  return new Promise(end => {
    const socket = new WebSocket(server.replace("http", "ws") + "/graphql", "graphql-ws");
    socket.onopen = () => {
      socket.send(JSON.stringify({type: "connection_init"}));
      socket.send(JSON.stringify({type: "start", id: "1", payload: {query}}));
      end("socket is open");
    };
    socket.onerror = () => end("socket is refused");
  });
}
(async () => {
  done.push(await image());
  for (const action of [server + "/graphql", byAddress])
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
      done.push(await form(type, action));
  done.push(await fetched("text/plain"));
  await fetch(byAddress, {mode: "no-cors"}).catch(() => null);
  navigator.sendBeacon(server + "/graphql", JSON.stringify({query}));
  done.push(await socket());
  window.attacked = done;
})();
</script>
"""


@pytest.fixture(scope="module")
def page(make_home):
    """The pages over a home that has nothing yet."""
    home = make_home("attacked")
    with server(home.settings.home) as address:
        yield address


@pytest.fixture
def other_site():
    """Serves one page, of the address given to it, on a port of its own."""
    served = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = served["page"].encode()
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    site = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    served["address"] = f"http://127.0.0.1:{site.server_port}"
    yield served
    site.shutdown()


def launched(page: str) -> set[str]:
    return {run["runId"] for run in runs(page)}


@needs_chromium
def test_a_page_on_another_port_launches_nothing(page, other_site, tmp_path):
    before = launched(page)
    other_site["page"] = PAGE.replace("SERVER", json.dumps(page)).replace(
        "QUERY", json.dumps(HARMLESS)
    )
    with browser(tmp_path) as tab:
        tab.open(other_site["address"])
        attacked = tab.wait_for("window.attacked")
    assert len(attacked) == 9 and attacked[-1] == "socket is refused"
    time.sleep(2)
    assert launched(page) == before


@needs_chromium
def test_a_foreign_name_that_leads_here_gets_nothing(page, tmp_path):
    """DNS rebinding: to the browser the server is then a part of the other site."""
    before = launched(page)
    foreign = page.replace("127.0.0.1", "rebound.example")
    request = (
        "fetch('/graphql', {method: 'POST', headers: {'Content-Type': 'application/json'}, "
        f"body: {json.dumps(json.dumps({'query': HARMLESS}))}}}).then(answer => answer.status)"
    )
    with browser(tmp_path, "--host-resolver-rules=MAP rebound.example 127.0.0.1") as tab:
        tab.open(foreign)
        assert "Locus answers to 127.0.0.1" in tab.run("document.body.innerText")
        assert tab.run(request) == 403
    assert launched(page) == before


@needs_chromium
def test_the_real_page_launches_a_run_and_hears_of_it(page, tmp_path):
    """On its own origin: the button launches, and the WebSocket of the run's page tells."""
    before = launched(page)
    with browser(tmp_path) as tab:
        tab.open(f"{page}/assets/asi_edition")
        tab.click("Materialize")
        tab.click("Confirm")  # what is upstream was never materialised
        deadline = time.monotonic() + 60
        while not (new := [run for run in runs(page) if run["runId"] not in before]):
            assert time.monotonic() < deadline, tab.run("document.body.innerText")
            time.sleep(0.5)
        assert new[0]["assetSelection"] == [{"path": ["asi_edition"]}]
        opened = (
            "new Promise(end => { const s = new WebSocket(`ws://${location.host}/graphql`, "
            "'graphql-ws'); s.onmessage = m => end(JSON.parse(m.data).type); "
            "s.onerror = () => end('refused'); "
            "s.onopen = () => s.send(JSON.stringify({type: 'connection_init'})); })"
        )
        assert tab.run(opened) == "connection_ack"


def test_mutations_by_get_and_by_form_are_refused(page):
    """The same without a browser, so that it is asked on every machine."""
    before = launched(page)
    query = urllib.parse.urlencode({"query": HARMLESS})
    for answer in (
        requests.get(f"{page}/graphql?{query}", timeout=30),
        requests.post(f"{page}/graphql?{query}", timeout=30),
        requests.post(f"{page}/graphql", data={"query": HARMLESS}, timeout=30),
        requests.post(f"{page}/graphql", files={"query": HARMLESS}, timeout=30),
        requests.post(
            f"{page}/graphql", json={"query": HARMLESS}, headers={"Origin": "null"}, timeout=30
        ),
        requests.post(f"{page}/report_asset_materialization/asi_edition", timeout=30),
        requests.post(
            f"{page}/graphql", json={"query": HARMLESS}, headers={"Host": "x.example"}, timeout=30
        ),
    ):
        assert (answer.status_code, answer.text[:5]) == (403, "Locus")
    with pytest.raises(InvalidStatus):
        connect(page.replace("http", "ws") + "/graphql", origin="http://evil.example")
    assert launched(page) == before


@pytest.mark.parametrize(
    "config",
    [
        {"resources": {"dbt": {"config": {"dbt_executable": "bash"}}}},
        {"resources": {"dbt": {"config": {"project_dir": "/tmp", "profiles_dir": "/tmp"}}}},
        {"resources": {"settings": {"config": {"home": "/tmp"}}}},
        {"resources": {"io_manager": {"config": {"base_dir": "/tmp"}}}},
    ],
    ids=lambda config: next(iter(config["resources"])),
)
def test_run_config_names_no_program_and_no_folder(page, config):
    """Whoever may launch runs: a program of this machine, or a person at the launchpad."""
    before = launched(page)
    answer = ask(page, LAUNCH % (json.dumps(json.dumps(config)), "cluster_year"))["launchRun"]
    assert answer["__typename"] == "RunConfigValidationInvalid"
    assert "unexpected" in answer["errors"][0]["message"].lower()
    assert launched(page) == before


def test_read_only_pages_launch_nothing(make_home):
    with server(make_home("read-only").settings.home, "--read-only") as address:
        answer = ask(address, HARMLESS)["launchRun"]
        assert answer["__typename"] == "UnauthorizedError"
        reload = (
            'mutation { reloadRepositoryLocation(repositoryLocationName: "locus") {__typename}}'
        )
        assert ask(address, reload)["reloadRepositoryLocation"]["__typename"] == "UnauthorizedError"
        assert runs(address) == []
