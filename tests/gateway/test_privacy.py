"""One run of everything that can be sent, each place with a word of its own, and where those words are afterwards."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.gateway.answers import comes_true, events_of
from tests.gateway.parrot import ANSWERS, STATUSES, parrot
from tests.gateway.running import Running, gateway
from tests.otlp import Received, receiver

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four!").decode()
EVENTS = "text/event-stream"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class Run:
    """What was sent and what came back."""

    received: Received
    root: Path
    token: str = ""  # of the gateway that is asked just now
    canaries: set[str] = field(default_factory=set)
    told: dict[str, bytes] = field(default_factory=dict)  # by where it stands

    def canary(self, place: str) -> str:
        """A word that is sent in no other place; letters alone, so that it can be a part of anything."""
        word = f"Quibble{place}worth"  # an end, so that none is the beginning of another
        self.canaries.add(word.lower())
        return word

    def send(self, running: Running, method: str, path: str, **content: Any) -> httpx.Response:
        """Send a request; of its answer a refusal is kept, and a stream's end in one."""
        headers = {"Authorization": f"Bearer {self.token}"} | content.pop("headers", {})
        answer = httpx.request(method, f"{running.url}{path}", headers=headers, timeout=60, **content)
        where = f"answer {len(self.told)}: {method} {path[:40]} → {answer.status_code}"
        self.told[f"{where}: headers"] = repr(answer.headers.multi_items()).encode()
        if answer.status_code >= 400:
            self.told[where] = answer.content
        elif answer.headers["content-type"].startswith(EVENTS):
            self.told[where] = json.dumps([data for _, name, data in events_of(answer) if name == "error"]).encode()
        return answer

    def leaks(self) -> list[tuple[str, str]]:
        """Where each word is that should be nowhere."""
        return sorted((word, where) for where, content in self.told.items() for word in self.words_in(content))

    def words_in(self, content: bytes) -> set[str]:
        """The words that are there, as they were sent or in another writing."""
        lower = content.lower()
        found = {word for word in self.canaries if word.encode() in lower}
        for word in self.canaries:
            spelled = word.replace("quibble", "Quibble", 1).encode()
            cores = [base64.b64encode(b"x" * shift + spelled)[4:-4] for shift in range(3)]  # wherever in a text it is
            if any(core in content for core in (spelled.hex().encode(), *cores)):
                found.add(word)
        return found


@pytest.fixture(scope="module")
def run(instant_url: str, tables_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Everything is sent: to a gateway before a model, one before what echoes, and one that works on jobs."""
    root = tmp_path_factory.mktemp("private")
    with pytest.MonkeyPatch.context() as environment, receiver() as received, parrot() as (parrot_url, _):
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", received.url)
        environment.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")  # milliseconds
        environment.setenv("LOG_FORMAT", "json")
        settings = {"webhook_secret": SECRET, "max_body": 300_000, "patience": 3}
        made = Run(received, root)
        for name, url in (("model", instant_url), ("parrot", parrot_url), ("jobs", tables_url)):
            (root / name).mkdir()
            with gateway(root / name, url, audit=root / name / "audit.jsonl", **settings) as running:
                made.token = running.token(name, "--scope", "admin")
                until_tokens_count(running)
                PLAYS[name](made, running)
                made.told[f"metrics of {name}"] = httpx.get(f"{running.url}/metrics").content
        collect(made)
        yield made


def until_tokens_count(running: Running) -> None:
    assert comes_true(lambda: httpx.get(f"{running.url}/jobs").status_code == 401)


def ask_a_model(run: Run, running: Running) -> None:
    """Requests that go well, and all that a gateway itself refuses."""
    word = run.canary
    headers = {
        "X-Summary-Focus": word("header"),
        "Idempotency-Key": word("key"),
        "traceparent": TRACE,
        "tracestate": f"{word('vendor').lower()}={word('state')}",
        "baggage": f"{word('bag').lower()}={word('gage')}",
        "Cookie": f"a={word('cookie')}",
        "User-Agent": word("agent"),
        "Referer": f"http://{word('referer')}/",
        "X-Forwarded-For": word("forwarded"),
    }
    good = {"text": f"say {word('text')}", "focus": word("focus"), "style": "legal"}
    for accept in ("application/json", EVENTS):
        answer = run.send(running, "POST", f"/summarize?{word('query')}={word('value')}&source=true",
                          json=good, headers=headers | {"Accept": accept})  # fmt: skip
        assert word("text") in answer.text  # it did come through
    upload = {"file": (f"{word('filename')}.txt", f"say {word('content')}".encode(), f"text/{word('type')}")}
    assert run.send(running, "POST", "/summarize", files=upload, data={"focus": word("field")}).status_code == 200

    def refused(path: str = "/summarize", method: str = "POST", **content: Any) -> None:
        answer = run.send(running, method, path, **content)
        assert 400 <= answer.status_code < 500, (path, content, answer.text)

    text = {"text": "say one"}
    refused(json={"text": f"bad {word('modelerror')}"})
    run.send(
        running, "POST", "/summarize", json=text | {"system_prompt": word("system"), "keep_terms": [word("terms")]}
    )
    for name, value in (("style", word("style")), ("max_tokens", word("number")), ("temperature", {word("inner"): 1}),
                        (word("name"), 1),
                        (word("x" * 300), 1), ("text", [[word("nested")]]),
                        ("document", f"http://127.0.0.1:1/{word('url')}?{word('urlquery')}"),
                        ("document", f"data:text/{word('datatype')};base64,{word('data')}!"),
                        ("document", word("localpath"))):  # fmt: skip
        refused(json=text | {name: value} if name not in ("document", "text") else {name: value})
        if isinstance(value, str):
            refused(data={"text": "say one", name: value} if name != "document" else {name: value})
    for header, value in (("X-Request-Timeout", word("seconds")), ("X-Summary-Style", word("headerstyle")),
                          ("X-Summary-Max-Tokens", word("headernumber")), (f"X-Summary-{word('headername')}", "1"),
                          ("X-Summary-Keep-Terms", f"[{word('headerlist')}"), ("Content-Type", f"text/{word('kind')}"),
                          ("Content-Type", f"multipart/form-data; boundary={word('boundary')}"),
                          ("Idempotency-Key", word("longkey") * 30)):  # fmt: skip
        refused(json=text, headers={header: value})
    for body in (
        f'{{"text": "{word("badjson")}',
        f'["{word("array")}"]',
        f'{{"text": "{word("large")} {"x" * 300_000}"}}',
    ):
        refused(content=body.encode(), headers={"Content-Type": "application/json"})
    refused(content=f"{word('badform')}".encode(), headers={"Content-Type": "multipart/form-data; boundary=b"})
    refused(files={word("filefield"): ("a.txt", b"a")})
    refused(files={"file": ("a.txt", b"say a")}, data={word("formname"): word("formvalue")})
    for token in (f"{word('id')}.{word('secret')}", f"{run.token.partition('.')[0]}.{word('wrong')}", word("whole")):
        refused(json=text, headers={"Authorization": f"Bearer {token}"})
        refused(json=text, headers={"Authorization": token})
        refused(json=text, headers={"Authorization": "", "Precis-Key": token, "Precis-Secret": word("pair")})
    refused(f"/{word('nowhere')}/{quote(word('nowheretoo'))}", "GET")
    refused(f"/jobs/{word('job')}", "GET")
    refused(f"/jobs/{word('jobresults')}/results?cursor={word('jobcursor')}", "GET")
    refused(f"/jobs?cursor={word('cursor')}", "GET")
    refused("/summarize", word("method").upper())
    refused(f"/jobs/{word('put')}", "PUT")


def ask_a_parrot(run: Run, running: Running) -> None:
    """What a model does wrong, with the text in all that it says."""
    for number, first in enumerate([*ANSWERS, *STATUSES, "reset"]):
        headers = {"Accept": EVENTS if number % 2 else "application/json"}
        run.send(running, "POST", "/summarize", headers=headers, json={"text": f"{first} {run.canary(first)}"})
    for first in ("refused", "refusedtext", "fails"):  # of jobs it refuses the options
        headers = {"X-Summary-Focus": f"{first} {run.canary('job' + first)}"}
        job(run, running, '{"text": "a"}', headers)


def ask_for_jobs(run: Run, running: Running) -> None:
    """Rows with ids, options, a webhook; and what is no job."""
    word = run.canary
    rows = [{"id": word("rowid"), "text": f"say {word('row')}"}, {"id": word("badid"), "text": f"bad {word('badrow')}"},
            {"text": word("rowtext"), "style": word("rowstyle")}, {"text": "a", word("column"): word("cell")},
            {"id": word("twice"), "text": "a"}, {"id": word("twice"), "text": "a"},
            {"text": [word("odd")]}]  # fmt: skip
    lines = "\n".join([*map(json.dumps, rows), f'{{"text": "{word("badline")}'])
    hook = f"http://127.0.0.1:9/{word('hook')}?secret={word('hookquery')}"
    headers = {"X-Summary-Style": "legal", "X-Webhook-Url": hook, "X-File-Name": word("headerfile")}
    said = job(run, running, lines, headers)
    assert (said["documents"], said["done"]) == (8, 4), said
    files = {"file": (f"{word('jobfile')}/../{word('jobfile')}\0.jsonl", lines.encode(), "application/jsonl")}
    form = {"style": word("jobstyle"), "webhook": f"https://{word('hookhost')}.invalid/{word('hookpath')}"}
    answer = run.send(running, "POST", "/batch-summarize", files=files, data=form)
    if answer.is_success:
        ends(run, running, answer.json()["id"])
    for refused in (
        run.send(running, "GET", f"{said['results']}?cursor={word('resultcursor')}"),
        run.send(running, "POST", "/batch-summarize", content=f"PAR1{word('parquet')}PAR1".encode()),
        run.send(running, "POST", "/batch-summarize", content=f"PK\3\4{word('excel')}".encode()),
        run.send(running, "POST", "/batch-summarize", content=lines, headers={"X-Webhook-Url": f"ftp://{word('ftp')}"}),
        run.send(running, "POST", "/batch-summarize", files={"file": ("a", lines)}, data={word("option"): "1"}),
        run.send(running, "POST", "/batch-summarize", files={word("batchfield"): ("a", lines)}),
    ):
        assert 400 <= refused.status_code < 500, refused.text
    run.send(running, "GET", said["results"], headers={"Range": f"bytes={word('range')}"})
    answer = run.send(running, "GET", said["results"])
    assert word("rowid") in answer.text
    run.send(running, "DELETE", f"/jobs/{word('gone')}")


PLAYS = {"model": ask_a_model, "parrot": ask_a_parrot, "jobs": ask_for_jobs}


def job(run: Run, running: Running, rows: str, headers: dict[str, str]) -> dict[str, Any]:
    """Send a job, and return how it ends."""
    answer = run.send(running, "POST", "/batch-summarize", content=rows.encode(), headers=headers)
    assert answer.status_code == 202, answer.text
    return ends(run, running, answer.json()["id"])


def ends(run: Run, running: Running, job_id: str) -> dict[str, Any]:
    said: dict[str, Any] = {}

    def is_so() -> bool:
        said.update(run.send(running, "GET", f"/jobs/{job_id}").json())
        return said["status"] in ("done", "failed")

    assert comes_true(is_so, within=60), said
    run.told[f"job {job_id}"] = json.dumps(said).encode()
    return said


def collect(run: Run) -> None:
    """Take what is left when all gateways have ended."""
    for path in run.root.rglob("*"):
        name = path.relative_to(run.root).as_posix()
        run.told[f"name of {name}"] = name.encode()
        if path.is_file() and "files" not in path.parts:  # in which uploads, results and repeated answers lie
            run.told[name] = path.read_bytes()
    for number, body in enumerate(run.received.bodies):
        run.told[f"spans {number}"] = body


def test_planted_canaries_are_in_no_log_metric_trace_problem_answer_database_or_file_name(run: Run) -> None:
    assert not run.leaks(), run.leaks()


def test_it_was_looked_at_all_of_them(run: Run) -> None:
    told = " ".join(run.told)
    assert all(
        re.search(rf"(^| ){one}/\S*{file}", told) for one in PLAYS for file in ("gateway.db", "audit.jsonl", ".log")
    )
    assert {"gateway", "queue"} <= run.received.names()
    assert len(run.canaries) > 100
    assert not [status for status in (400, 401, 404, 405, 413, 422, 502) if f"→ {status}" not in told]
    assert run.words_in(base64.b64encode(b"it says Quibbletextworth.")) == {"quibbletextworth"}


def test_no_traceback_and_no_secret_of_a_token_is_in_them(run: Run) -> None:
    secret = run.token.partition(".")[2].encode()
    assert not [where for where, content in run.told.items() if b"Traceback" in content or secret in content]
