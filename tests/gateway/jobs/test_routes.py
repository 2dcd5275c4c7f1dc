"""A file of documents becomes a job, whose results are read as they come; what is bad is said with a code."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway.answers import comes_true, problem_of
from tests.gateway.running import Running, gateway

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(scope="module")
def of_jobs(tables_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A gateway without tokens, before a model of tables."""
    folder = tmp_path_factory.mktemp("gateway")
    with gateway(folder, tables_url, max_upload=200_000, webhook_secret=SECRET) as running:
        yield running


@pytest.fixture
def client(of_jobs: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=of_jobs.url, timeout=30) as client:
        yield client


def table(count: int, first: str = "text") -> str:
    """JSON Lines of so many documents, of which every tenth is bad."""
    texts = ["bad" if n % 10 == 3 else f"{first} of {n}" for n in range(count)]
    return "".join(json.dumps({"id": f"doc-{n}", "text": text}) + "\n" for n, text in enumerate(texts))


def sent(client: httpx.Client, content: str, **headers: str) -> dict[str, Any]:
    answer = client.post("/batch-summarize", content=content, headers=headers)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/jobs/{job['id']}"
    return job


def ended(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def has_ended() -> bool:
        found.update(client.get(f"/jobs/{job['id']}").json())
        return found["status"] not in ("queued", "running")

    assert comes_true(has_ended, 60), found
    return found


def ids(answer: httpx.Response) -> list[str]:
    return [json.loads(line)["id"] for line in answer.text.splitlines()]


@pytest.fixture(scope="module")
def done(of_jobs: Running) -> dict[str, Any]:
    """A job of 40 documents that has ended."""
    with httpx.Client(base_url=of_jobs.url, timeout=30) as client:
        return ended(client, sent(client, table(40), **{"X-Summary-Style": "legal", "X-Summary-Max-Tokens": "50"}))


def test_a_job_tells_how_it_ended(done: dict[str, Any]) -> None:
    shown = {name: done[name] for name in ("status", "documents", "done", "failed", "codes", "options", "error")}
    assert shown == {
        "status": "done",
        "documents": 40,
        "done": 36,
        "failed": 4,
        "codes": {"E1007": 4},
        "options": {"style": "legal", "max_tokens": 50},
        "error": None,
    }


def test_results_have_each_document_once_as_it_was_asked_for(client: httpx.Client, done: dict[str, Any]) -> None:
    answer = client.get(done["results"])
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.headers["content-type"] == "application/jsonl"
    assert sorted(line["line"] for line in lines) == list(range(1, 41))
    assert {(line["summary"], line["style"]) for line in lines if line["id"] == "doc-7"} == {("7", "legal")}


def test_what_failed_can_be_sent_again(client: httpx.Client, done: dict[str, Any]) -> None:
    errors = client.get(done["errors"])
    assert sorted(ids(errors)) == ["doc-13", "doc-23", "doc-3", "doc-33"]
    again = ended(client, sent(client, errors.text.replace('"bad"', '"good again"')))
    assert (again["done"], again["failed"]) == (4, 0)


def test_a_range_is_part_of_the_whole(client: httpx.Client, done: dict[str, Any]) -> None:
    whole = client.get(done["results"]).content
    for wanted, expected in (
        ("bytes=10-19", slice(10, 20)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
        (f"bytes=0-{10**12}", slice(None)),
    ):
        answer = client.get(done["results"], headers={"Range": wanted})
        first = len(whole[: expected.start]) if expected.start else 0
        assert (answer.status_code, answer.content) == (206, whole[expected]), wanted
        assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(whole)}"


@pytest.mark.parametrize("wanted", ["lines=1-2", "bytes=5-2", "bytes=a-b", "bytes=0-1,4-5", "bytes=-"])
def test_what_is_no_range_is_passed_over(client: httpx.Client, done: dict[str, Any], wanted: str) -> None:
    answer = client.get(done["results"], headers={"Range": wanted})
    assert (answer.status_code, len(answer.text.splitlines())) == (200, 40)


def test_a_range_beyond_the_end_is_refused_with_where_that_is(client: httpx.Client, done: dict[str, Any]) -> None:
    size = len(client.get(done["results"]).content)
    answer = client.get(done["results"], headers={"Range": f"bytes={size}-"})
    assert problem_of(answer) == (416, "E7012")
    assert answer.headers["content-range"] == f"bytes */{size}"
    assert f"{size:,} bytes" in answer.json()["detail"]


def test_a_cursor_goes_on_where_results_ended(client: httpx.Client) -> None:
    job = sent(client, table(30, "slow"))
    seen, cursor = "", "0"

    def has_all() -> bool:
        nonlocal seen, cursor
        answer = client.get(job["results"], params={"cursor": cursor})
        seen, cursor = seen + answer.text, answer.headers["precis-next-cursor"]
        return len(seen.splitlines()) == 30

    assert comes_true(has_all, 60)
    assert seen == client.get(job["results"]).text
    assert client.get(job["results"], params={"cursor": cursor}).text == ""


@pytest.mark.parametrize("cursor", ["", "1", "\x00", "000000-0123456789abcdef.jsonl", "../../upload"])
def test_a_cursor_from_nowhere_is_refused(client: httpx.Client, done: dict[str, Any], cursor: str) -> None:
    for path in ("results", "errors"):
        assert problem_of(client.get(done[path], params={"cursor": cursor})) == (400, "E7012")
    assert problem_of(client.get("/jobs", params={"cursor": cursor})) == (400, "E7012")


def test_a_form_has_the_file_its_options_and_where_to_tell(client: httpx.Client) -> None:
    given = {"style": "legal", "webhook": "http://127.0.0.1:9/x?secret=canary"}
    answer = client.post("/batch-summarize", files={"file": ("a.csv", "id,text\n1,one two\n")}, data=given)
    job = ended(client, answer.json())
    assert (job["done"], job["options"]) == (1, {"style": "legal"})


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"content": "x" * 200_001}, (413, "E7004")),
        ({"content": iter([b"x" * 100_000] * 3)}, (413, "E7004")),
        ({"content": ""}, (422, "E1014")),
        ({"content": "neither JSON nor a header"}, (422, "E1014")),
        ({"content": "text\na", "headers": {"X-Summary-Colour": "red"}}, (400, "E7005")),
        ({"content": "text\na", "headers": {"X-Summary-Max-Tokens": "many"}}, (422, "E1009")),
        ({"content": "text\na", "headers": {"X-Webhook-Url": "file:///etc/passwd"}}, (422, "E1009")),
        ({"data": {"style": "legal"}, "files": {"other": b"x"}}, (400, "E7006")),
        ({"files": [("file", b"text\na"), ("file", b"text\nb")]}, (400, "E7006")),
        ({"files": {"file": b"text\na"}, "data": {"text": "b"}}, (422, "E1003")),
        ({"files": {"file": b"text\na"}, "data": {"colour": "red"}}, (400, "E7006")),
        ({"content": b"--", "headers": {"Content-Type": "multipart/form-data"}}, (400, "E7006")),
    ],
)
def test_what_is_bad_is_said_and_nothing_of_it_stays(
    of_jobs: Running, client: httpx.Client, request_: dict[str, Any], expected: tuple[int, str]
) -> None:
    before = client.get("/jobs").json()
    assert problem_of(client.post("/batch-summarize", **request_)) == expected
    assert client.get("/jobs").json() == before
    folders = {path.name for path in (state_of(of_jobs) / "files" / "jobs").iterdir()}
    assert folders == {job["id"] for job in before["jobs"]}


def state_of(running: Running) -> Path:
    return Path(running.environment["XDG_STATE_HOME"]) / "precis" / "gateway"


def test_options_that_the_model_refuses_end_the_job_with_that(client: httpx.Client) -> None:
    job = ended(client, sent(client, table(3), **{"X-Summary-Style": "canary"}))
    assert job["status"] == "failed"
    assert job["error"]["detail"] == "E6007 the model refuses style as asked of all documents"
    assert client.get(job["results"]).text == ""


def test_a_table_that_breaks_off_ends_the_job_before_anything_is_made(client: httpx.Client) -> None:
    job = ended(client, sent(client, '[{"text": "one"}, {"text": "two"'))
    assert (job["status"], job["error"]["code"], job["done"]) == ("failed", "E1014", 0)


def test_a_canceled_job_ends_and_its_files_go(of_jobs: Running, client: httpx.Client) -> None:
    job = sent(client, table(2_000, "slow"))
    assert comes_true(lambda: client.get(f"/jobs/{job['id']}").json()["done"] > 0)
    assert client.delete(f"/jobs/{job['id']}").status_code == 204
    assert client.get(f"/jobs/{job['id']}").json()["status"] == "canceled"
    assert problem_of(client.get(job["results"])) == (404, "E7011")
    folder = state_of(of_jobs) / "files" / "jobs" / job["id"]
    assert comes_true(lambda: f"job {job['id']} was stopped: E6001" in of_jobs.log.read_text())
    assert comes_true(lambda: not folder.exists())
    assert client.delete(f"/jobs/{job['id']}").status_code == 204
    assert problem_of(client.delete(f"/jobs/{job['id']}")) == (404, "E7011")


def test_a_job_is_nobody_s_but_its_token_s(tables_url: str, tmp_path: Path) -> None:
    with gateway(tmp_path, tables_url) as running, httpx.Client(base_url=running.url) as client:
        one = {"Authorization": f"Bearer {running.token('one', '--scope', 'batch', '--jobs', '1')}"}
        other = {"Authorization": f"Bearer {running.token('other', '--scope', 'batch', '--style', 'legal')}"}
        summarizer = {"Authorization": f"Bearer {running.token('summarizer')}"}
        job = client.post("/batch-summarize", content=table(200, "slow"), headers=one).json()
        for path in (f"/jobs/{job['id']}", job["results"], job["errors"]):
            assert problem_of(client.get(path, headers=other)) == (404, "E7011")
            assert problem_of(client.get(path, headers=summarizer)) == (403, "E7002")
            assert problem_of(client.get(path)) == (401, "E7001")
        assert problem_of(client.delete(f"/jobs/{job['id']}", headers=other)) == (404, "E7011")
        assert client.get("/jobs", headers=other).json() == {"jobs": [], "next": None}
        refused = client.post("/batch-summarize", content=table(1), headers=one)
        assert problem_of(refused) == (429, "E7013")
        assert "1 jobs of this token are under way; it may have 1" in refused.json()["detail"]
        assert client.delete(f"/jobs/{job['id']}", headers=one).status_code == 204
        refused = client.post("/batch-summarize", content=table(1), headers=other | {"X-Summary-Style": "general"})
        assert problem_of(refused) == (403, "E7003")


def test_a_document_asks_for_nothing_that_its_token_may_not(tables_url: str, tmp_path: Path) -> None:
    rows = [{"id": 1, "text": "a"}, {"id": 2, "text": "b", "style": "general"}, {"id": 3, "text": "c", "max_tokens": 9}]
    with gateway(tmp_path, tables_url) as running, httpx.Client(base_url=running.url) as client:
        held = ["--scope", "batch", "--option", "style", "--require", "style=legal"]
        headers = {"Authorization": f"Bearer {running.token('held', *held)}"}
        client.headers.update(headers)
        job = ended(client, sent(client, "\n".join(map(json.dumps, rows))))
        lines = {line["id"]: line for line in map(json.loads, client.get(job["results"]).text.splitlines())}
        assert (lines[1]["style"], lines[2]["style"], lines[3]["error"]["code"]) == ("legal", "legal", "E7003")


def test_a_job_uses_up_the_minute_in_which_it_begins(tables_url: str, tmp_path: Path) -> None:
    with gateway(tmp_path, tables_url) as running, httpx.Client(base_url=running.url) as client:
        token = running.token("night", "--scope", "batch", "--tokens-per-minute", "100")
        client.headers.update({"Authorization": f"Bearer {token}"})
        sent(client, table(20))
        assert problem_of(client.post("/batch-summarize", content=table(1))) == (429, "E7007")


def test_no_word_of_a_document_or_of_options_is_in_the_database_a_log_or_a_name(
    of_jobs: Running, client: httpx.Client
) -> None:
    headers = {"X-Summary-Focus": "canary1", "X-Webhook-Url": "http://127.0.0.1:9/canary2"}
    rows = (
        '{"id": "a", "text": "canary3"}\n{"id": "b", "text": "bad canary4"}\n{"text": "canary5", "style": "canary6"}\n'
    )
    job = ended(client, sent(client, rows, **headers))
    assert job["documents"] == 3
    state = state_of(of_jobs)
    kept = [path.read_bytes() for path in state.glob("gateway.db*")] + [of_jobs.log.read_bytes()]
    kept += [str(path).encode() for path in state.rglob("*")] + [client.get("/metrics").content]
    assert not [one for one in kept if b"canary" in one]


def test_the_same_key_is_the_same_job(client: httpx.Client) -> None:
    key = {"Idempotency-Key": "tonight"}
    first = sent(client, table(3), **key)
    assert sent(client, table(3), **key)["id"] == first["id"]
    other = client.post("/batch-summarize", content=table(4), headers=key)
    assert problem_of(other) == (422, "E7009")
    bad = {"Idempotency-Key": "no table"}
    assert problem_of(client.post("/batch-summarize", content=b"\0" * 9, headers=bad))[0] == 422
    assert sent(client, table(1), **bad)["status"] == "queued"  # what made no job may be sent again
