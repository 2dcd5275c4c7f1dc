import pytest

from serving import signing

# The example of https://www.standardwebhooks.com and of its libraries' own tests.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
BODY = b'{"test": 2432232314}'


def test_a_message_is_signed_as_the_specification_signs_its_example() -> None:
    signature = signing.signature(signing.key_of(SECRET), MESSAGE, "1614265330", BODY)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_key_is_written_as_it_is_read() -> None:
    assert signing.secret_of(signing.key_of(SECRET)) == SECRET


def test_a_secret_that_is_no_base64_is_none() -> None:
    with pytest.raises(ValueError, match="base64"):
        signing.key_of("whsec_?")
