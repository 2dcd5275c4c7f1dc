"""POST /batch-summarize and /jobs: a file of many documents in; a job, its results as they come, and its end.

    who calls  →  the file, to the disk as it comes  →  what is asked, held to the token's policy  →  a job, for whoever
                                                                                                     has a place for it

Knows: the routes. Knows nothing of who works on a job, or where its files lie.
"""

import asyncio
import hashlib
import shutil
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect

from batch.documents import CHARACTERS_A_TOKEN
from errors import UserError
from gateway import answers, body, openapi, options
from gateway.access import Caller, may
from gateway.edge import answer
from gateway.jobs import asked as job_asked
from gateway.jobs import results as job_results
from gateway.jobs.asked import Asked
from gateway.jobs.ledger import ERRORS, RESULTS
from gateway.jobs.table import UNDER_WAY, Job, folder_of, new_id
from gateway.leaving import GONE
from gateway.settings import Settings
from gateway.state import Gateway, gateway
from gateway.upstreams.upstream import Ended
from rows import tables
from serving import fetch
from storage import temporary
from storage.writing import writing

WEBHOOK = "X-Webhook-Url"
NEXT = "Precis-Next-Cursor"
_WEBHOOK_CHARACTERS = 2_000

_OF_LINES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Lines of JSON", "content": {"application/jsonl": {"schema": {"type": "string"}}}},
    206: {"description": "A range of their bytes", "content": {"application/jsonl": {"schema": {"type": "string"}}}},
    **openapi.problems(400, 401, 403, 404, 416),
}

CallerOfJobs = Annotated[Caller, Depends(may("batch"))]

router = APIRouter()


@dataclass(frozen=True)
class _Given:
    """What a body says beside the documents."""

    options: dict[str, Any]
    webhook: str | None


@router.post(
    "/batch-summarize",
    status_code=HTTPStatus.ACCEPTED,
    openapi_extra=openapi.batch_body(),
    responses=openapi.problems(400, 401, 403, 409, 413, 422, 429, 500),
)
async def batch_summarize(request: Request, caller: CallerOfJobs) -> Response:
    """Summarize a file of many documents: JSON Lines, CSV, Parquet, Excel or a JSON array, as the body or as `file`.

    The answer is a job. Options are `X-Summary-*` headers, or fields of the form. Where `X-Webhook-Url`, or the field
    `webhook`, leads, the job's end is told.
    """
    here = gateway(request)
    await here.rates.admit(caller.token_id, caller.policy)
    if answers.HEADER not in request.headers:  # with which it may be a job that there is
        await asyncio.to_thread(here.jobs.check_room, caller.token_id, caller.policy.jobs_at_once)
    by_header = options.from_headers(request.headers.items())
    most = here.settings.max_upload
    with temporary.folder() as folder:
        upload = folder / "upload"
        try:
            given = await _received(body.limited(request, most), upload, most)
        except ClientDisconnect:
            return Response(status_code=GONE)
        webhook = _webhook(given.webhook or request.headers.get(WEBHOOK, ""), here.settings)
        asked = Asked(caller.policy.apply(by_header | given.options), caller.policy, webhook)
        request.state.options = options.shown(asked.options)
        job = await _begun_once(request, caller, asked, upload)
        request.state.job = job.id
    return JSONResponse(await _said(here, job), HTTPStatus.ACCEPTED, {"Location": f"/jobs/{job.id}"})


@router.get("/jobs", responses=openapi.problems(400, 401, 403, 422))
async def jobs(request: Request, caller: CallerOfJobs, cursor: str | None = None) -> dict[str, Any]:
    """The token's jobs, the newest first; `next` is the cursor of the next page."""
    here = gateway(request)
    found, following = await asyncio.to_thread(here.jobs.page, caller.token_id, cursor)
    at = await asyncio.to_thread(here.jobs.now)
    return {"jobs": [job.as_json(at) for job in found], "next": following}


@router.get("/jobs/{job_id}", responses=openapi.problems(401, 403, 404))
async def job(request: Request, job_id: str, caller: CallerOfJobs) -> dict[str, Any]:
    """How far a job is, or how it ended."""
    here = gateway(request)
    return await _said(here, await _found(request, job_id, caller))


@router.get("/jobs/{job_id}/results", response_class=StreamingResponse, responses=_OF_LINES)
async def results(request: Request, job_id: str, caller: CallerOfJobs, cursor: str | None = None) -> Response:
    """A line of JSON for each document that has come to its end so far, each of them once.

    `Precis-Next-Cursor` is the cursor with which the next request gets what has come meanwhile. `Range` is taken too:
    what was read once stays where it is.
    """
    return await _lines(request, job_id, caller, RESULTS, cursor)


@router.get("/jobs/{job_id}/errors", response_class=StreamingResponse, responses=_OF_LINES)
async def errors(request: Request, job_id: str, caller: CallerOfJobs, cursor: str | None = None) -> Response:
    """The documents that failed, as rows that can be sent again, with what was wrong beside each."""
    return await _lines(request, job_id, caller, ERRORS, cursor)


@router.delete("/jobs/{job_id}", status_code=HTTPStatus.NO_CONTENT, responses=openapi.problems(401, 403, 404))
async def cancel(request: Request, job_id: str, caller: CallerOfJobs) -> Response:
    """Cancel a job that is under way, and remove its files; one that has ended is gone afterwards."""
    here = gateway(request)
    await _found(request, job_id, caller)
    await asyncio.to_thread(here.jobs.cancel, job_id, caller.token_id)
    await asyncio.to_thread(here.files.remove, folder_of(job_id))
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _received(request: Request, upload: Path, most: int) -> _Given:
    """Write the documents of a body into a file as they come. Raises UserError E1003, E7004, E7006 and Fault E5006."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        with writing("the upload"), upload.open("wb") as file:
            async for piece in request.stream():
                await asyncio.to_thread(file.write, piece)
        return _Given({}, None)
    async with body.form(request, most) as form:
        sent = form.get("file")
        if not isinstance(sent, UploadFile) or len(form.getlist("file")) > 1:
            raise UserError("E7006", f"the form has {len(form.getlist('file')):,} of `file`; it must be one file")
        with writing("the upload"), upload.open("wb") as file:
            await asyncio.to_thread(shutil.copyfileobj, sent.file, file)
        return await _fields(form)


async def _fields(form: FormData) -> _Given:
    """Return what a form says beside the file. Raises UserError E1003, E1005, E1009 and E7006."""
    webhook: str | None = None
    pairs: list[tuple[str, str]] = []
    for name, value in form.multi_items():
        if name in options.TEXTS and name != "knowledge":
            raise UserError("E1003", f"{name} was given beside a file of documents, which alone has the texts")
        if name == "webhook" and isinstance(value, str):
            webhook = value
        elif isinstance(value, str):
            pairs.append((name, value))
        elif name == "knowledge":
            pairs.append((name, await options.data_url(value, name)))
        elif name != "file":
            raise UserError("E7006", "a file was given for what takes none; file and knowledge do")
    return _Given(options.from_form(pairs), webhook)


def _webhook(url: str, settings: Settings) -> str:
    """Return where to tell of the end. Raises UserError E1009."""
    if not url:
        return ""
    if settings.webhook_secret is None:
        raise UserError("E1009", "webhook was given, and this gateway has no webhook_secret to sign with")
    if len(url) > _WEBHOOK_CHARACTERS or not fetch.is_url(url) or url[:5].lower() == "data:":
        raise UserError("E1009", f"webhook must be an http(s) URL of at most {_WEBHOOK_CHARACTERS:,} characters")
    return url


async def _begun_once(request: Request, caller: Caller, asked: Asked, upload: Path) -> Job:
    """Make a job, or return the one that was made for the same Idempotency-Key. Raises as _begun() and claim() do."""
    here, key = gateway(request), request.headers.get(answers.HEADER)
    if key is None:
        return await _begun(here, caller, asked, upload)
    said = {"options": asked.options, "webhook": asked.webhook, "upload": await asyncio.to_thread(_digest, upload)}
    claim = await here.answers.claim(caller.token_id, key, said)
    if isinstance(claim, Ended):
        return await asyncio.to_thread(here.jobs.get, claim.summary["job"], caller.token_id)
    try:
        job = await _begun(here, caller, asked, upload)
        await here.answers.keep(claim, Ended({"job": job.id}, {}))
    except BaseException:
        await asyncio.shield(here.answers.let_go(claim))
        raise
    return job


def _digest(upload: Path) -> str:
    with upload.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _begun(here: Gateway, caller: Caller, asked: Asked, upload: Path) -> Job:
    """Make a job of a file that was received. Raises UserError E1012, E1014, E7013 and Fault E5006."""
    job = await asyncio.to_thread(_made, here, caller, asked, upload)
    # What it takes of the model is not known yet, and often more than a minute's: it uses up this minute.
    size = (await asyncio.to_thread(upload.stat)).st_size
    await here.rates.used(caller.token_id, caller.policy, size // CHARACTERS_A_TOKEN)
    return job


def _made(here: Gateway, caller: Caller, asked: Asked, upload: Path) -> Job:
    next(tables.records(upload, most_bytes=None), None)  # what is no table at all is said at once
    job_id = new_id()
    most = caller.policy.jobs_at_once
    try:
        job_asked.write(here.files, folder_of(job_id), asked, upload)
        shown = options.shown(asked.options)
        here.jobs.create(job_id, caller.token_id, shown, most=most, webhook=bool(asked.webhook))
    except BaseException:
        here.files.remove(folder_of(job_id))
        raise
    return here.jobs.get(job_id, caller.token_id)


async def _lines(request: Request, job_id: str, caller: Caller, kind: str, cursor: str | None) -> Response:
    """Answer with results or errors. Raises UserError E7011 and E7012."""
    here = gateway(request)
    job = await _found(request, job_id, caller)
    if job.status == "canceled":
        raise UserError("E7011", "the job was canceled, and its files were removed")
    found = await asyncio.to_thread(job_results.find, here.jobs, here.files, job, kind, cursor)
    headers = {NEXT: found.cursor, "Accept-Ranges": "bytes", "Cache-Control": "no-store"}
    status, start, end = HTTPStatus.OK, 0, found.size
    if "if-range" not in request.headers:  # nothing here has a name that it could be compared to
        try:
            wanted = job_results.range_of(request.headers.get("range", ""), found.size)
        except IndexError:
            refusal = UserError("E7012", f"the range begins after all {found.size:,} bytes that there are")
            said = answer(request, refusal, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            said.headers["Content-Range"] = f"bytes */{found.size}"
            return said
        if wanted:
            start, end = wanted
            status = HTTPStatus.PARTIAL_CONTENT
            total = "*" if job.status in UNDER_WAY else found.size  # which it may still grow beyond
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{total}"
    headers["Content-Length"] = str(end - start)
    return StreamingResponse(found.blocks(start, end), status, headers, "application/jsonl")


async def _found(request: Request, job_id: str, caller: Caller) -> Job:
    """Return a job of the caller's. Raises UserError E7011."""
    found = await asyncio.to_thread(gateway(request).jobs.get, job_id, caller.token_id)
    request.state.job = found.id
    return found


async def _said(here: Gateway, job: Job) -> dict[str, Any]:
    return job.as_json(await asyncio.to_thread(here.jobs.now))
