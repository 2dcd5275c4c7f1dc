"""Each fault as a client meets it, and the same ones with the same seed."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from errors import UserError
from replicate_api import faults
from replicate_api.serve import in_front_of
from serving.server import ROOT
from tests.replicate_api.names import MODEL
from tests.serving.processes import eventually

Faulty = Callable[[str], httpx.Client]


@pytest.fixture
def faulty(saying_url: str, tmp_path: Path) -> Iterator[Faulty]:
    """A client of an API that has the faults of a text."""
    with ExitStack() as stack:

        def start(text: str) -> httpx.Client:
            (tmp_path / "faults.toml").write_text(text)
            url = stack.enter_context(in_front_of([saying_url], "127.0.0.1", 0, tmp_path / "faults.toml"))
            headers = {"Authorization": "Bearer x"}
            return stack.enter_context(httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=30))

        yield start


def create(http: httpx.Client, text: str = "one two", prefer: str = "wait") -> httpx.Response:
    return http.post(f"/v1/models/{MODEL}/predictions", json={"input": {"text": text}}, headers={"Prefer": prefer})


def test_a_throttled_create_has_the_documented_body(faulty: Faulty) -> None:
    http = faulty('[[fault]]\nkind = "throttled"\nseconds = 3\ntimes = 1')
    answer = create(http)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert answer.json()["detail"] == "Request was throttled. Your rate limit resets in ~3s."
    assert create(http).status_code == 201
    assert len(http.get("/v1/predictions").json()["results"]) == 1


def test_an_error_is_a_500_of_the_requests_that_are_named(faulty: Faulty) -> None:
    http = faulty('[[fault]]\nkind = "error"\non = "get"')
    made = create(http)
    assert made.status_code == 201
    answer = http.get(made.json()["urls"]["get"])
    assert (answer.status_code, answer.json()["status"]) == (500, 500)


def test_a_dropped_create_made_nothing_and_an_unanswered_one_did(faulty: Faulty) -> None:
    http = faulty('[[fault]]\nkind = "dropped"\ntimes = 1\n[[fault]]\nkind = "unanswered"\ntimes = 2')
    for made in (1, 2, 2):  # what is unanswered comes before what is dropped
        with pytest.raises(httpx.RemoteProtocolError):
            create(http)
        assert len(http.get("/v1/predictions").json()["results"]) == made
    assert create(http).json()["status"] == "succeeded"


def test_a_dropped_stream_ends_after_its_beginning(faulty: Faulty) -> None:
    http = faulty('[[fault]]\nkind = "dropped"\non = "stream"')
    stream = create(http, "one wait two wait three", "").json()["urls"]["stream"]
    received = b""
    with pytest.raises(httpx.RemoteProtocolError), http.stream("GET", stream) as response:
        for piece in response.iter_raw():
            received += piece
    assert b"data: one" in received
    assert b"three" not in received


def test_a_slow_request_is_answered_late(faulty: Faulty) -> None:
    http = faulty('[[fault]]\nkind = "slow"\nseconds = 5')
    with pytest.raises(httpx.ReadTimeout):
        http.post(f"/v1/models/{MODEL}/predictions", json={"input": {}}, timeout=0.5)


def test_aborted_is_a_status_only_when_it_is_asked_for(faulty: Faulty) -> None:
    http = faulty('[[fault]]\nkind = "aborted"\ntimes = 1')
    assert [create(http).json()["status"] for _ in range(2)] == ["aborted", "succeeded"]


def test_an_expired_output_is_gone(faulty: Faulty) -> None:
    answer = create(faulty('[[fault]]\nkind = "expired"')).json()
    assert (answer["status"], answer["output"], answer["input"]) == ("succeeded", None, None)
    assert answer["data_removed"]


def test_a_lost_webhook_never_comes(faulty: Faulty) -> None:
    from tests.replicate_api.test_webhooks import receiver

    http = faulty('[[fault]]\nkind = "lost_webhook"\ntimes = 1')
    with receiver() as told:
        body = {"input": {"text": "one"}, "webhook": told.url, "webhook_events_filter": ["completed"]}
        ids = [
            http.post(f"/v1/models/{MODEL}/predictions", json=body, headers={"Prefer": "wait"}).json()["id"]
            for _ in range(2)
        ]
        assert eventually(told.is_done)
    assert [body["id"] for body in told.bodies()] == ids[1:]


def test_a_cold_deployment_takes_its_time_once(faulty: Faulty) -> None:
    http = faulty('[[fault]]\nkind = "cold"\nseconds = 1.5')
    version = http.get(f"/v1/models/{MODEL}").json()["latest_version"]["id"]
    deployment = {"name": "cold", "model": MODEL, "version": version, "hardware": "cpu"}
    http.post("/v1/deployments", json=deployment | {"min_instances": 0, "max_instances": 1})
    path = "/v1/deployments/acme/cold/predictions"
    created = [
        http.post(path, json={"input": {"text": "one"}}, headers={"Prefer": prefer}).json()
        for prefer in ("wait=1", "wait", "wait=1")
    ]
    assert [made["status"] for made in created] == ["starting", "succeeded", "succeeded"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[", "cannot be read"),
        ("seeds = 1", "has seeds; it may have seed"),
        ("[[fault]]\nrate = 1", "fault 1: it has no kind"),
        ('[[fault]]\nkind = "slow"\nrates = 1', "fault 1: it has rates"),
        ('[[fault]]\nkind = "fast"', "fault 1: kind must be one of throttled"),
        ('[[fault]]\nkind = "slow"\non = "post"', "fault 1: on must be one of create"),
        ('[[fault]]\nkind = "slow"\nrate = "often"', "fault 1: rate, seconds and times are numbers"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "faults.toml").write_text(text)
    with pytest.raises(UserError, match=f"E3101 .*{message}"):
        faults.read(tmp_path / "faults.toml")


def test_the_file_that_the_docs_show_can_be_read(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "replicate_api.md").read_text(encoding="utf-8")
    (tmp_path / "faults.toml").write_text(page.partition("```toml\n")[2].partition("```")[0])
    assert faults.read(tmp_path / "faults.toml").hit("cold")
    assert [kind for kind in faults.OF_REQUESTS + faults.OF_PREDICTIONS if f"`{kind}`" not in page] == []


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"E3101 .*cannot be read"):
        faults.read(tmp_path / "none.toml")


def test_the_same_seed_gives_the_same_faults_and_about_as_many_as_asked_for() -> None:
    def hits(seed: int, *others: faults.Rule) -> list[bool]:
        drawn = faults.Faults([faults.Rule("error", rate=0.1), *others], seed)
        return [drawn.hit("error", "create") is not None for _ in range(1000)]

    assert hits(1) == hits(1) != hits(2)
    assert hits(1) == hits(1, faults.Rule("slow", rate=0.5))
    assert 70 < sum(hits(1)) < 130
