"""POST /summarize: JSON or a form in; JSON or server-sent events out.

    who calls  →  what is asked, held to the token's policy  →  a place, an upstream  →  JSON, or events as they come

Knows: the route. A caller that leaves ends its prediction. Knows nothing of queues and upstreams.
"""

import math
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse
from starlette.datastructures import UploadFile

from batch.documents import CHARACTERS_A_TOKEN
from errors import UserError
from gateway import answering, answers, body, openapi, options, summaries
from gateway.access import Caller, may
from gateway.edge import request_id
from gateway.leaving import GONE, GoneError, unless_gone
from gateway.state import Gateway, gateway
from gateway.telemetry import tracing
from gateway.upstreams.upstream import Ended, Events, Piece, Work

TIMEOUT = "X-Request-Timeout"
_EVENTS = "text/event-stream"

router = APIRouter()


@router.post(
    "/summarize",
    openapi_extra=openapi.summarize_body(),
    responses=openapi.problems(400, 401, 403, 409, 413, 422, 429, 500, 502, 503, 504),
)
async def summarize(request: Request, caller: Annotated[Caller, Depends(may("summarize"))]) -> Response:
    """Summarize a text, a file, or what is at a URL. With `Accept: text/event-stream` the summary streams."""
    here = gateway(request)
    seconds = _seconds(request, here.settings.timeout)
    inputs = await _inputs(request, caller, here.settings.max_body)
    await here.rates.admit(caller.token_id, caller.policy)
    is_streamed = _EVENTS in request.headers.get("accept", "")
    work = Work(request_id(request), inputs, seconds, tracing.headers(), is_streamed)
    events = await _events(request, here, caller, work)
    try:
        if not is_streamed:
            ended = await unless_gone(request, summaries.whole(events))
            return Response(answering.whole(ended, request), media_type="application/json")
        first = await unless_gone(request, anext(events))  # what is refused is so by its status
        with_source = request.query_params.get("source") == "true" and not caller.policy.hides_source(inputs)
        return EventSourceResponse(answering.stream(first, events, request, with_source=with_source))
    except GoneError:
        await events.aclose()
        return Response(status_code=GONE)


async def _events(request: Request, here: Gateway, caller: Caller, work: Work) -> Events:
    """Return what will happen: a summary is made, or was made for the same Idempotency-Key before."""
    summary = summaries.stream(here.pool, caller.token_id, work, here.settings.patience)
    counted = _counted(summary, here, caller, request, work.inputs)
    key = request.headers.get(answers.HEADER)
    if key is None:
        return counted
    claim = await here.answers.claim(caller.token_id, key, work.inputs)
    return answers.again(claim) if isinstance(claim, Ended) else answers.kept(counted, here.answers, claim)


async def _inputs(request: Request, caller: Caller, most: int) -> dict[str, Any]:
    """Return the model's inputs: of the body before those of headers, and as the token's policy has them.

    Raises UserError E1004, E1005, E1009 and E7003 to E7006.
    """
    by_header = options.from_headers(request.headers.items())
    given = by_header | await _from_body(body.limited(request, most), most)
    texts = {name: value for name, value in given.items() if name in options.TEXTS}
    asked = {name: value for name, value in given.items() if name not in options.TEXTS}
    inputs = texts | caller.policy.apply(asked)
    request.state.options = options.shown(inputs)
    return inputs


async def _from_body(request: Request, most: int) -> dict[str, Any]:
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return options.from_json(await request.body())
    if kind not in ("multipart/form-data", "application/x-www-form-urlencoded"):
        raise UserError("E7006", "the body's type is another; it must be application/json or multipart/form-data")
    async with body.form(request, most) as form:
        fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        given = options.from_form(fields)
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                given |= await _upload(name, value, given)
        return given


async def _upload(name: str, file: UploadFile, given: dict[str, Any]) -> dict[str, Any]:
    """Return an uploaded file as an input; `file` is another name of `document`."""
    name = "document" if name == "file" else name
    if name not in ("document", "knowledge"):
        raise UserError("E7006", "a file was given for what takes none; file and knowledge do")
    if name in given:
        raise UserError("E1003", f"{name} was given twice")
    return {name: await options.data_url(file, name)}


def _seconds(request: Request, most: float) -> float:
    """Return how long the request may take. Raises UserError E1009."""
    written = request.headers.get(TIMEOUT)
    if written is None:
        return most
    try:
        seconds = float(written)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= most:
        given = "no number" if math.isnan(seconds) else f"{seconds:g}"
        raise UserError("E1009", f"{TIMEOUT} is {given}; it must be over 0 and at most {most:g} seconds")
    return seconds


async def _counted(events: Events, here: Gateway, caller: Caller, request: Request, inputs: dict[str, Any]) -> Events:
    """Pass events on, and count what it took: as the model says at the end, and roughly for who leaves before that."""
    pieces = 0  # that nobody has counted yet
    try:
        async with aclosing(events):
            async for event in events:
                pieces += isinstance(event, Piece)
                if isinstance(event, Ended):
                    tokens, pieces = _tokens(event.summary), 0
                    await here.rates.used(caller.token_id, caller.policy, tokens)
                    here.metrics.observe_summary(event.summary)
                    request.state.documents, request.state.tokens = 1, tokens
                yield event
    finally:
        if pieces:
            tokens = pieces + len(str(inputs.get("text", ""))) // CHARACTERS_A_TOKEN
            await here.rates.used(caller.token_id, caller.policy, tokens)


def _tokens(summary: dict[str, Any]) -> int:
    """Return how many tokens a model says that it read and wrote; what it does not count is not there."""
    usage = summary.get("usage")
    if not isinstance(usage, dict):
        return 0
    counts = (usage.get(name) for name in ("input_token_count", "output_token_count"))
    return sum(count for count in counts if isinstance(count, int) and count > 0)
