"""What a token may do is one table: routing and feature gating."""

import pytest
from pydantic import ValidationError

from errors import UserError
from gateway import options
from gateway.policy import Policy


def test_what_is_required_is_so_whatever_is_asked() -> None:
    policy = Policy(required={"redact_pii": "mask"})
    assert policy.apply({"redact_pii": "off", "length": "brief"}) == {"redact_pii": "mask", "length": "brief"}


def test_what_is_required_is_so_by_whichever_name_it_is_asked() -> None:
    policy = Policy(required={"max_tokens": 100})
    assert policy.apply(options.from_json(b'{"text": "a", "max_new_tokens": 4000}'))["max_tokens"] == 100
    with pytest.raises(UserError, match="E7003 the token may not set max_tokens"):
        Policy(options=("style",)).apply(options.from_json(b'{"max_new_tokens": 4000}'))


def test_a_default_gives_way_to_what_is_asked() -> None:
    policy = Policy(defaults={"style": "legal", "length": "brief"})
    assert policy.apply({"length": "detailed"}) == {"style": "legal", "length": "detailed"}


def test_an_option_that_the_token_may_not_set_is_refused_with_those_it_may() -> None:
    with pytest.raises(UserError, match=r"E7003 the token may not set focus; it may set: length, style"):
        Policy(options=("length", "style")).apply({"focus": "money"})


def test_a_style_that_the_token_may_not_use_is_refused() -> None:
    with pytest.raises(UserError, match=r"E7003 .* it may use: legal, news"):
        Policy(styles=("legal", "news")).apply({"style": "casual"})


def test_where_no_style_is_asked_for_the_first_that_it_may_use_is_taken() -> None:
    assert Policy(styles=("legal", "news")).apply({}) == {"style": "legal"}


def test_a_style_of_another_type_is_refused_as_well() -> None:
    with pytest.raises(UserError, match="E7003"):
        Policy(styles=("legal",)).apply({"style": ["legal"]})


def test_a_scope_that_is_missing_is_named_and_admin_has_all() -> None:
    with pytest.raises(UserError, match="E7002 this needs the scope batch; the token has summarize"):
        Policy().check_scope("batch")
    Policy(scopes=("admin",)).check_scope("batch")


@pytest.mark.parametrize("name", ["requests_per_minute", "tokens_per_minute", "jobs_at_once"])
def test_a_limit_of_nothing_is_a_mistake(name: str) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate({name: 0})


def test_the_text_at_a_url_is_not_shown_to_a_token_for_which_all_is_redacted() -> None:
    redacted = Policy(required={"redact_pii": "mask"})
    assert redacted.hides_source({"document": "HTTPS://example.com/letter"})
    assert not redacted.hides_source({"text": "its own"})
    assert not redacted.hides_source({"document": "data:,its%20own"})
    assert not Policy().hides_source({"document": "https://example.com/letter"})
