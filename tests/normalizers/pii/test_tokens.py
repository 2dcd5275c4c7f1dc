"""Keys of services are found by their shape, all of them."""

import pytest

from normalizers.pii.tokens import _prefixes, find

HEX = "b79c2b6377c82d55033aacd6e4653d35"
BASE62 = "3TDF8265e3MOz7hT9fquKoPf"


def found(text: str) -> list[str]:
    return [text[finding.start : finding.end] for finding in find(text)]


@pytest.mark.parametrize("words", ["sk-ant-api03-", "sk-proj-abc-def_", "sk-or-v1-", "glpat-abcd-", "npm_"])
def test_words_and_marks_before_what_is_random_are_part_of_a_token(words: str) -> None:
    assert found(f"the key {words}{BASE62}, please") == [words + BASE62]


@pytest.mark.parametrize("prefix", _prefixes())
def test_every_prefix_marks_a_token(prefix: str) -> None:
    assert prefix + BASE62 in found(f"it is '{prefix}{BASE62}'.")


@pytest.mark.parametrize(
    "token",
    [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..dGVzdGl2MTIz.Y2lwaGVydGV4dA.dGFndGFn",
        f"SG.96QGzlC2kx9pUolc8q8wd5.{BASE62}{BASE62}",
        f"dop_v1_{HEX}{HEX}",
        f"shpat_{HEX}",
        "sk_live_MbUXeNBpBiuNCHGXvXezvBYE",
        f"SK{HEX}",
        f"{HEX}-us12",
        f"7312345678:AAH{BASE62}abcdefgh",
        f"https://hooks.slack.com/services/T02ABCDEF12/B03XYZ123/{BASE62}",
        f"https://discord.com/api/webhooks/123456789012345678/{BASE62}{BASE62}",
        f"$6$Xy7Za1$Kz3{BASE62}{BASE62}",
        f"$apr1$x7Yk2mQz${BASE62[:22]}",
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        f"{{SSHA}}{BASE62}==",
        f"aXHqZpY7VFztZI.atlasv1.{BASE62}{BASE62}abcdefghijkl",
        f"key-{HEX}",
        "abc8Q~" + "x9" * 17,
    ],
)
def test_a_token_is_found_as_a_whole(token: str) -> None:
    assert token in found(f"we use {token} for it")


def test_what_refreshes_a_token_of_google_is_found() -> None:
    assert [finding.end for finding in find("1//0" + "gX7kQ2" * 8)] == [52]


def test_a_bots_token_is_found_in_its_address() -> None:
    token = f"7312345678:AAH{BASE62}abcdefgh"
    assert token in found(f"https://api.telegram.org/bot{token}/getMe")


def test_the_secret_beside_an_aws_key_is_found_and_a_digest_is_not() -> None:
    name, secret = "AKIA454ML6LG4TJFCZ4K", "ByAeEmF7D+2n4WR3lv8CK+qO0CqCoXWTDyM3zTeU"
    assert found(f"[default]\n{name}\n{secret}\nregion") == [name, secret]
    assert found(f"{name} at 9fceb02d0ae598e95dc970b74767f19372d61af8") == [name]


@pytest.mark.parametrize(
    "text",
    [
        "sk-learn-contrib-something-nice-2 and hf_transformers-and-others-3",
        "task-3fa85f6457174562b3fc2c963f66afa6 in disk-0123456789abcdef0123",
        "sk-LearnContribPackages and hf_somethingthatiswritten",
        "EAAA and SG.1 are short, AKIA is a prefix",
    ],
)
def test_what_only_begins_like_a_token_is_left(text: str) -> None:
    assert found(text) == []
