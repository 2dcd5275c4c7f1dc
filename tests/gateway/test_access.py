"""Who may call, seen from outside: with which token, from where, and that nothing else reaches a model."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from tests.gateway.answers import comes_true, in_flight, problem_of
from tests.gateway.running import Running, cli, gateway


@pytest.fixture(scope="module")
def guarded(instant_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """A gateway with a token that may summarize, in legal or news, always masked."""
    folder = tmp_path_factory.mktemp("guarded")
    with gateway(folder, instant_url) as running:
        token = running.token(
            "mail", "--style", "legal", "--style", "news", "--option", "style", "--require", "redact_pii=mask",
            "--default", "length=brief", "--requests-per-minute", "1000",
        )  # fmt: skip
        yield running, token


def ask(running: Running, headers: Mapping[str, str], **asked: str) -> httpx.Response:
    return httpx.post(f"{running.url}/summarize", json={"text": "say a", **asked}, headers=headers, timeout=30)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_opens_it_in_either_form(guarded: tuple[Running, str]) -> None:
    running, token = guarded
    token_id, _, secret = token.partition(".")
    assert ask(running, bearer(token)).json()["style"] == "legal"
    assert ask(running, {"Precis-Key": token_id, "Precis-Secret": secret}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer wrong.secret"},
        {"Authorization": "Basic eDp5"},
        {"Precis-Key": "wrong"},
    ],
)
def test_nothing_else_does(guarded: tuple[Running, str], headers: dict[str, str]) -> None:
    answer = ask(guarded[0], headers)
    assert problem_of(answer) == (401, "E7001")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_wrong_secret_of_a_token_that_there_is_says_the_same(guarded: tuple[Running, str]) -> None:
    running, token = guarded
    unknown = ask(running, bearer("0000000000000000.secret")).json()
    known = ask(running, bearer(f"{token.partition('.')[0]}.secret")).json()
    assert unknown | {"request_id": ""} == known | {"request_id": ""}


def test_a_token_s_styles_and_options_are_all_that_it_has(guarded: tuple[Running, str]) -> None:
    running, token = guarded
    assert problem_of(ask(running, bearer(token), style="general")) == (403, "E7003")
    assert problem_of(ask(running, bearer(token), focus="x")) == (403, "E7003")
    assert problem_of(ask(running, bearer(token) | {"X-Summary-Length": "brief"})) == (403, "E7003")
    assert ask(running, bearer(token), style="news").json()["style"] == "news"


def test_a_scope_that_is_missing_is_403(guarded: tuple[Running, str]) -> None:
    running, _ = guarded
    token = running.token("batch only", "--scope", "batch")
    assert wait_for(lambda: problem_of(ask(running, bearer(token))), (403, "E7002"))


def test_a_minute_s_requests_are_counted_for_each_token(guarded: tuple[Running, str]) -> None:
    running, other = guarded
    token = running.token("few", "--requests-per-minute", "2")
    assert wait_for(lambda: ask(running, bearer(token)).status_code, 200)
    assert ask(running, bearer(token)).status_code == 200
    refused = ask(running, bearer(token))
    assert problem_of(refused) == (429, "E7007")
    assert 1 <= int(refused.headers["retry-after"]) <= 120
    assert ask(running, bearer(other)).status_code == 200


def test_the_model_s_tokens_are_counted_too(guarded: tuple[Running, str]) -> None:
    running, _ = guarded
    token = running.token("small", "--tokens-per-minute", "5")
    text = "say one two three"  # three tokens in, three out
    assert wait_for(lambda: ask(running, bearer(token), text=text).status_code, 200)
    assert problem_of(ask(running, bearer(token), text=text)) == (429, "E7007")


def test_who_leaves_just_before_the_end_has_used_what_was_sent(guarded: tuple[Running, str]) -> None:
    running, _ = guarded
    token = running.token("leaver", "--tokens-per-minute", "5")
    headers = {**bearer(token), "Accept": "text/event-stream"}
    assert wait_for(lambda: httpx.get(f"{running.url}/jobs", headers=headers).status_code, 403)  # it is known
    asked = {"text": "slow 0.2 one two three four five six seven eight"}
    with httpx.stream("POST", f"{running.url}/summarize", json=asked, headers=headers, timeout=30) as answer:
        for line in answer.iter_lines():
            if "six" in line:
                break
    with httpx.Client(base_url=running.url) as client:
        assert wait_for(lambda: in_flight(client), 0)
    assert problem_of(ask(running, bearer(token))) == (429, "E7007")


def test_a_revoked_token_closes_it(guarded: tuple[Running, str]) -> None:
    running, _ = guarded
    token = running.token("gone")
    assert wait_for(lambda: ask(running, bearer(token)).status_code, 200)
    assert cli(running.environment, "tokens", "revoke", token.partition(".")[0]).returncode == 0
    assert wait_for(lambda: problem_of(ask(running, bearer(token))), (401, "E7001"))


def test_a_list_shows_policies_and_no_secret(guarded: tuple[Running, str]) -> None:
    running, token = guarded
    listed = cli(running.environment, "tokens", "list").stdout
    assert '"required": {"redact_pii": "mask"}' in listed
    assert token.partition(".")[2] not in listed


def test_without_tokens_no_page_of_another_site_and_no_other_name_is_served(open_gateway: Running) -> None:
    assert ask(open_gateway, {}).status_code == 200
    assert problem_of(ask(open_gateway, {"Origin": "https://evil.example"})) == (401, "E7001")
    assert problem_of(ask(open_gateway, {"Host": "evil.example"})) == (401, "E7001")
    assert ask(open_gateway, {"Origin": open_gateway.url}).status_code == 200


def test_bound_to_others_without_a_token_it_refuses_to_start(open_gateway: Running, tmp_path: Path) -> None:
    environment = open_gateway.environment | {"XDG_STATE_HOME": str(tmp_path)}
    ended = cli(environment, "gateway", "--host", "0.0.0.0", "--port", "0")  # noqa: S104 # it is refused
    assert (ended.returncode, ended.stderr.splitlines()[-1][:13]) == (2, "precis: E7102")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["tokens", "create", "x", "--style", "shout"], "E1008"),
        (["tokens", "create", "x", "--option", "volume"], "E1009"),
        (["tokens", "create", "x", "--require", "volume=11"], "E1009"),
        (["tokens", "create", "x", "--jobs", "0"], "E1009"),
        (["tokens", "revoke", "nobody"], "E7103"),
        (["gateway", "--config", "nowhere.toml"], "E7101"),
        (["gateway", "--upstream", "ftp://x"], "E6006"),
    ],
)
def test_what_a_person_gets_wrong_is_one_sentence_with_a_code(
    tmp_path: Path, open_gateway: Running, arguments: list[str], code: str
) -> None:
    ended = cli(open_gateway.environment | {"XDG_STATE_HOME": str(tmp_path)}, *arguments)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith(f"precis: {code} ")


def wait_for(find: Callable[[], object], expected: object) -> bool:
    """Whether that is found, once the gateway has read its tokens anew."""

    def is_found() -> bool:
        try:
            return find() == expected
        except AssertionError:  # it is no problem yet
            return False

    return comes_true(is_found)
