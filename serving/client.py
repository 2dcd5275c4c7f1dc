"""Calls any Precis server: one summary at once, or as a stream.

Knows: the HTTP of Cog's prediction server (a failed prediction is HTTP 200, a full server 409, a bad input 422) and
how its errors become ours. An answer's error keeps its code, and a code says whether to raise UserError or Fault.
Knows nothing about where the server runs.
"""

import functools
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from errors import FAULTS, USER_ERRORS, Fault, PrecisError, UserError
from serving.events import Decoder

if TYPE_CHECKING:
    import ssl

    import httpx

CODE = re.compile(r"\b(E\d{4})\b ?(.*)", re.DOTALL)
FIRST_WAIT_SECONDS = 0.05  # after a 409; doubles each time, up to
LONGEST_WAIT_SECONDS = 2.0
CONNECT_SECONDS = 5.0


@dataclass(frozen=True)
class Chunk:
    """A piece of the summary, as soon as it was generated."""

    text: str


@dataclass(frozen=True)
class Completed:
    """The end of a stream: "succeeded" or "canceled", and what was measured."""

    id: str
    status: str
    metrics: dict[str, Any]


def summarize(base_url: str, inputs: dict[str, Any], patience: float = 60.0, timeout: float = 600.0) -> dict[str, Any]:
    """Run one prediction and return it: `id`, `status`, `output` (a list of pieces), `metrics`, `logs`.

    `patience` is how many seconds to try again while the server is full, `timeout` how many to wait for the answer.
    Raises UserError E3001, E3002, what the server said of the inputs, and Fault.
    """
    with _post(base_url, inputs, "application/json", patience, timeout) as response:
        return _finished(json.loads(response.read()))


def stream(
    base_url: str,
    inputs: dict[str, Any],
    patience: float = 60.0,
    timeout: float = 60.0,
    on_log: Callable[[str], None] | None = None,
) -> Iterator[Chunk | Completed]:
    """Run one prediction and yield its Chunks as they are generated, then one Completed.

    `on_log` is given each line of its log, such as "part 12 of 40", when it comes. Closing the iterator closes the
    connection, which cancels the prediction. `timeout` is for silence: the server sends something every 15 seconds.
    Raises as summarize() does, also after the first chunks.
    """
    with _post(base_url, inputs, "text/event-stream", patience, timeout) as response:
        for event, data in _events(response):
            if event == "output":
                yield Chunk(data["chunk"])
            elif event == "log" and on_log:
                for line in data["data"].splitlines():
                    on_log(line)
            elif event == "completed":
                prediction = _finished(data)
                yield Completed(prediction["id"], prediction["status"], prediction.get("metrics", {}))
                return
            elif event == "error":
                raise Fault("E5000", f"the stream broke off: {data.get('error')}")
    raise Fault("E5001", "the server closed the stream before the summary was complete")


def describe(metrics: dict[str, Any]) -> str:
    """Tokens and times of a prediction in one line, as far as its metrics tell."""
    forms = {
        "input_token_count": "{:,} tokens in",
        "output_token_count": "{:,} tokens out",
        "time_to_first_token": "{:.2f} s to the first token",
        "tokens_per_second": "{:.1f} tokens/s",
        "predict_time": "{:.2f} s in all",
    }
    return ", ".join(form.format(metrics[name]) for name, form in forms.items() if name in metrics)


@contextmanager
def _post(
    base_url: str, inputs: dict[str, Any], accept: str, patience: float, timeout: float
) -> "Iterator[httpx.Response]":
    """Post `inputs` until the server has a place for them; None means left out, which Cog reads as the default."""
    import httpx

    body = {"input": {name: value for name, value in inputs.items() if value is not None}}
    headers = {"Accept": accept}
    deadline = time.monotonic() + patience
    wait = FIRST_WAIT_SECONDS
    # A proxy from the environment would not know this machine's loopback address.
    with (
        _transport_errors(base_url),
        httpx.Client(
            trust_env=False, verify=_certificates(), timeout=httpx.Timeout(timeout, connect=CONNECT_SECONDS)
        ) as client,
    ):
        while True:
            with client.stream("POST", f"{base_url}/predictions", json=body, headers=headers) as response:
                if response.status_code == httpx.codes.OK:
                    yield response
                    return
                response.read()
            if response.status_code != httpx.codes.CONFLICT:
                raise _refusal(response)
            if time.monotonic() + wait > deadline:
                raise UserError("E3002", f"{base_url} had no free place for {patience:g} s")
            time.sleep(wait * random.uniform(0.5, 1.0))  # apart from the others that were refused with us
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)


@functools.cache
def _certificates() -> "ssl.SSLContext":
    """The certificates of all authorities: to read them for each request takes longer than many an answer."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)


@contextmanager
def _transport_errors(base_url: str) -> Iterator[None]:
    import httpx

    try:
        yield
    except httpx.ConnectError as error:
        raise UserError("E3001", f"nothing answers at {base_url}: {error}") from error
    except httpx.TimeoutException as error:
        raise Fault("E5002", f"{base_url} did not answer in time: {type(error).__name__}") from error
    except httpx.TransportError as error:
        raise Fault("E5001", f"the connection to {base_url} broke: {type(error).__name__}") from error


def _events(response: "httpx.Response") -> Iterator[tuple[str, dict[str, Any]]]:
    """The server-sent events of a response."""
    decoder = Decoder()
    for piece in response.iter_bytes():
        yield from decoder.feed(piece)


def _finished(prediction: dict[str, Any]) -> dict[str, Any]:
    """The prediction, unless it failed: then its error is raised."""
    if prediction["status"] == "failed":
        raise error_from(str(prediction.get("error", "")))
    return prediction


def _refusal(response: "httpx.Response") -> PrecisError:
    """The error of an answer that is no prediction."""
    try:
        answer = response.json()
    except ValueError:
        answer = response.text
    if isinstance(answer, dict) and isinstance(answer.get("detail"), list):
        problems = (f"{problem['loc'][-1]}: {end_of(problem['msg'])}" for problem in answer["detail"])
        return UserError("E1009", "; ".join(problems))
    if isinstance(answer, dict) and "error" in answer:
        return error_from(answer["error"])
    return Fault("E5000", f"the server answered {response.status_code}: {end_of(str(answer))}")


def reason(message: str) -> str:
    """What Cog says is wrong with an input, which begins with its value as JSON: a text of it is left out."""
    try:
        value, end = json.JSONDecoder().raw_decode(message)
    except ValueError:
        return "is refused"
    return end_of(message if isinstance(value, int | float | None) else message[end:].strip())


def end_of(message: str, length: int = 200) -> str:
    """Cog's messages begin with the value that was sent, whole, and end with what is wrong with it."""
    return message if len(message) <= length else "…" + message[-length:]


def error_from(text: str) -> PrecisError:
    """The error that a failed prediction's `error` tells of: by its code where it has one, else Fault E5000."""
    if text.startswith("Input validation error"):  # Cog itself could not fetch the document
        return UserError("E1004", text)
    match = CODE.search(text)
    code, detail = match.groups() if match else ("E5000", text)
    if code in USER_ERRORS:
        return UserError(code, detail)
    return Fault(code, detail) if code in FAULTS else Fault("E5000", text)
