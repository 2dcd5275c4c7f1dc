"""Every route of the API, at the root and at /v1, and what each does, in order.

Knows: Replicate's paths. Paths that carry a secret of their own need no token: a stream's, and a file's download.
Knows nothing of how a prediction is run or told of.
"""

import hmac
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio
import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from errors import Fault, public
from replicate_api import catalog, events, requests, webhooks
from replicate_api.answers import Answer, Refused, invalid, not_found
from replicate_api.deployments import Deployment, Deployments
from replicate_api.faults import Faults, FaultyApp
from replicate_api.files import Files
from replicate_api.prediction import Prediction
from replicate_api.running import Runner
from replicate_api.store import Store, now
from replicate_api.upstream import SILENCE_SECONDS, Upstream
from storage import temporary

TOKEN = "PRECIS_API_TOKEN"  # noqa: S105 # the name of a variable
PAGE = 100
SWEEP_SECONDS = 10.0
LAST_WEBHOOKS_SECONDS = 5.0

Endpoint = Callable[[Request], Awaitable[Response]]


def make(cog_urls: list[str], faults: Faults | None = None) -> ASGIApp:
    """An application that is Replicate's API in front of Cog servers of one model."""
    faults = faults or Faults()
    api = Api(cog_urls, faults)
    handlers = {Refused: _refused, HTTPException: _http_error, Fault: _unavailable, Exception: _fault}
    routes = api.routes()
    app = Starlette(
        routes=[Mount("/v1", routes=routes), *routes],
        exception_handlers=handlers,  # type: ignore[arg-type]  # each takes the kind that it is there for
        lifespan=api.lifespan,
    )
    return Quiet(FaultyApp(app, faults))


class Quiet:
    """An application that never raises: a traceback in a log may quote a document."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; of an error that nobody handled Starlette has told the client already."""
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            public(error)  # which logs where it comes from


class Api:
    """What the routes share, while the application runs."""

    def __init__(self, cog_urls: list[str], faults: Faults) -> None:
        self._cog_urls = cog_urls
        self._faults = faults
        self._token = os.environ.get(TOKEN)
        self._started_at = now()
        self._predictions: Store[Prediction] = Store()
        self._deployments = Deployments(faults)
        self._hashed: tuple[dict[str, Any], str] = ({}, "")

    def routes(self) -> list[Route]:
        """All of them."""
        model, deployment = "/models/{owner}/{name}", "/deployments/{owner}/{name}"
        open_routes = [
            Route("/streams/{id}/{secret}", self.stream),
            Route("/files/{id}/download", self.download),
        ]
        guarded: list[tuple[str, str, Endpoint]] = [
            ("GET", "/account", self.account),
            ("GET", "/hardware", self.hardware),
            ("GET", "/webhooks/default/secret", self.webhook_secret),
            ("GET", "/models", self.models),
            ("GET", model, self.model),
            ("GET", f"{model}/versions", self.versions),
            ("GET", model + "/versions/{id}", self.version),
            ("POST", f"{model}/predictions", self.create_on_model),
            ("GET", "/predictions", self.predictions),
            ("POST", "/predictions", self.create_on_version),
            ("GET", "/predictions/{id}", self.prediction),
            ("POST", "/predictions/{id}/cancel", self.cancel),
            ("GET", "/deployments", self.deployments),
            ("POST", "/deployments", self.create_deployment),
            ("GET", deployment, self.deployment),
            ("PATCH", deployment, self.update_deployment),
            ("DELETE", deployment, self.delete_deployment),
            ("POST", f"{deployment}/predictions", self.create_on_deployment),
            ("GET", "/files", self.files),
            ("POST", "/files", self.create_file),
            ("GET", "/files/{id}", self.file),
            ("DELETE", "/files/{id}", self.delete_file),
        ]
        return open_routes + [
            Route(path, self._guard(endpoint), methods=[method]) for method, path, endpoint in guarded
        ]

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Have connections and a folder while the application runs, and end what is under way with it."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=16)
        async with AsyncExitStack() as stack, anyio.create_task_group() as beside:
            folder = stack.enter_context(temporary.folder())
            made = httpx.AsyncClient(trust_env=False, limits=limits, timeout=SILENCE_SECONDS)
            client = await stack.enter_async_context(made)
            self._files = Files(folder)
            self._webhooks = webhooks.Webhooks(client, self._faults)
            self._upstream = Upstream(self._cog_urls, client)
            self._runner = Runner(self._upstream, self._faults)
            beside.start_soon(self._sweep)
            yield
            await self._runner.close()
            await self._webhooks.close(LAST_WEBHOOKS_SECONDS)
            beside.cancel_scope.cancel()

    async def _sweep(self) -> None:
        while True:
            await anyio.sleep(SWEEP_SECONDS)
            self._predictions.sweep()
            self._files.sweep()

    async def _version(self) -> str:
        """The id of the version that is served."""
        schema = await self._upstream.schema()
        if schema is not self._hashed[0]:
            self._hashed = schema, catalog.version_id(schema)
        return self._hashed[1]

    def _guard(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            requests.check_token(request, self._token)
            return await endpoint(request)

        return guarded

    async def account(self, _request: Request) -> Response:
        """Whose token it is."""
        return Answer(catalog.ACCOUNT)

    async def hardware(self, _request: Request) -> Response:
        """What models can run on."""
        return Answer(catalog.HARDWARE)

    async def webhook_secret(self, _request: Request) -> Response:
        """What webhooks are signed with."""
        return Answer({"key": self._webhooks.secret})

    async def models(self, request: Request) -> Response:
        """The model, under the account's name."""
        schema = await self._upstream.schema()
        owner = str(catalog.ACCOUNT["username"])
        return Answer(catalog.page([catalog.model(owner, "precis", schema, self._started_at, _base(request))]))

    async def model(self, request: Request) -> Response:
        """The model, under the name that it is asked for."""
        schema = await self._upstream.schema()
        owner, name = request.path_params["owner"], request.path_params["name"]
        return Answer(catalog.model(owner, name, schema, self._started_at, _base(request)))

    async def versions(self, _request: Request) -> Response:
        """The one version."""
        return Answer(catalog.page([catalog.version(await self._upstream.schema(), self._started_at)]))

    async def version(self, request: Request) -> Response:
        """The one version, if it is the one that is asked for."""
        schema = await self._upstream.schema()
        if request.path_params["id"] != await self._version():
            raise not_found()
        return Answer(catalog.version(schema, self._started_at))

    async def create_on_version(self, request: Request) -> Response:
        """Make a prediction of a version: its id, or owner/name:id, or owner/name."""
        body = await requests.read_object(request)
        name, _, version = str(body.get("version") or "").rpartition(":")
        if not name and "/" in version:
            name, version = version, ""
        served = await self._version()
        if body.get("version") is None or (version and version != served):
            raise Refused(422, "The specified version does not exist (or perhaps you don't have permission to use it?)",
                          "Invalid version or not permitted")  # fmt: skip
        return await self._create(request, body, name or f"{catalog.ACCOUNT['username']}/precis")

    async def create_on_model(self, request: Request) -> Response:
        """Make a prediction of the model."""
        body = await requests.read_object(request)
        return await self._create(request, body, "{owner}/{name}".format(**request.path_params))

    async def create_on_deployment(self, request: Request) -> Response:
        """Make a prediction of a deployment."""
        deployment = self._deployments.store.get(request.path_params["name"])
        return await self._create(request, await requests.read_object(request), deployment.model, deployment)

    async def _create(
        self, request: Request, body: dict[str, Any], model: str, deployment: Deployment | None = None
    ) -> Response:
        wait, life = requests.wait_seconds(request), requests.life_seconds(request)
        inputs = requests.inputs_of(body)
        told = webhooks.wanted(body.get("webhook"), body.get("webhook_events_filter"))
        if told is None:
            raise invalid({"webhook": f"must be an http or https URL, its events of {', '.join(webhooks.EVENTS)}"})
        prediction = Prediction(
            model=model,
            version=await self._version(),
            inputs=inputs,
            base=_base(request),
            deployment=f"{deployment.owner}/{deployment.id}" if deployment else None,
            webhook=body.get("webhook"),
            webhook_events=told,
        )
        resolved = await self._files.resolve(inputs)
        warm_up = self._deployments.warm_up(deployment) if deployment else 0.0
        await self._runner.start(prediction, resolved, warm_up, life)
        self._predictions.add(prediction)
        self._webhooks.follow(prediction)
        is_done = wait is not None and await prediction.ended(wait)
        return Answer(prediction.as_json() if is_done else prediction.as_created(), 201)

    async def predictions(self, request: Request) -> Response:
        """A page of predictions, the newest first."""
        everything = list(self._predictions)
        cursor = request.query_params.get("cursor")
        ids = [prediction.id for prediction in everything]
        begin = ids.index(cursor) + 1 if cursor in ids else len(ids) if cursor else 0  # all after one that is gone are
        found = everything[begin : begin + PAGE]
        is_more = begin + PAGE < len(everything)
        following = f"{_base(request)}/v1/predictions?cursor={found[-1].id}" if is_more else None
        return Answer(catalog.page([prediction.as_json() for prediction in found], following))

    async def prediction(self, request: Request) -> Response:
        """One prediction."""
        return Answer(self._predictions.get(request.path_params["id"]).as_json())

    async def cancel(self, request: Request) -> Response:
        """End a prediction. One that is over stays as it is."""
        prediction = self._predictions.get(request.path_params["id"])
        self._runner.cancel(prediction)
        return Answer(prediction.as_json())

    async def stream(self, request: Request) -> Response:
        """A prediction's events."""
        prediction = self._predictions.get(request.path_params["id"])
        _check_secret(request.path_params["secret"], prediction.secret)
        last = request.headers.get("last-event-id", "")
        after = int(last) + 1 if last.isdecimal() else 0
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(events.stream(prediction, after), headers=headers, media_type="text/event-stream")

    async def deployments(self, _request: Request) -> Response:
        """All deployments."""
        return Answer(catalog.page([deployment.as_json() for deployment in self._deployments.store]))

    async def create_deployment(self, request: Request) -> Response:
        """Make a deployment."""
        body = await requests.read_object(request)
        served = await self._version()
        return Answer(self._deployments.create(body, served).as_json())

    async def deployment(self, request: Request) -> Response:
        """One deployment."""
        return Answer(self._deployments.store.get(request.path_params["name"]).as_json())

    async def update_deployment(self, request: Request) -> Response:
        """Release a deployment anew."""
        body = await requests.read_object(request)
        served = await self._version()
        return Answer(self._deployments.update(request.path_params["name"], body, served).as_json())

    async def delete_deployment(self, request: Request) -> Response:
        """Forget a deployment."""
        self._deployments.store.remove(request.path_params["name"])
        return Response(status_code=204)

    async def files(self, request: Request) -> Response:
        """All files."""
        return Answer(catalog.page([file.as_json(_base(request)) for file in self._files.store]))

    async def create_file(self, request: Request) -> Response:
        """Keep a file."""
        content, metadata = await requests.read_upload(request)
        file = await self._files.create(content.file, content.filename or "file", content.content_type or "", metadata)
        return Answer(file.as_json(_base(request)), 201)

    async def file(self, request: Request) -> Response:
        """What is known of a file."""
        return Answer(self._files.store.get(request.path_params["id"]).as_json(_base(request)))

    async def delete_file(self, request: Request) -> Response:
        """Forget a file."""
        self._files.remove(request.path_params["id"])
        return Response(status_code=204)

    async def download(self, request: Request) -> Response:
        """A file's bytes."""
        file = self._files.store.get(request.path_params["id"])
        _check_secret(request.query_params.get("signature", ""), file.secret)
        return FileResponse(file.path, media_type=file.content_type, filename=file.name)


def _base(request: Request) -> str:
    return str(request.base_url.replace(path="")).rstrip("/")


def _check_secret(given: str, secret: str) -> None:
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise not_found()


async def _refused(_request: Request, error: Refused) -> Response:
    return error.answer()


async def _http_error(_request: Request, error: HTTPException) -> Response:
    return Refused(error.status_code, not_found().detail if error.status_code == 404 else error.detail).answer()


async def _unavailable(_request: Request, error: Fault) -> Response:
    return Refused(503, str(error), retry_after=1).answer()


async def _fault(_request: Request, _error: Exception) -> Response:
    return Refused(500, str(Fault("E5000"))).answer()
