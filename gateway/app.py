"""The gateway as an application: its routes, and what stands around them.

Knows: which routes there are. Knows nothing of what any of them does.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi_swagger import patch_fastapi
from starlette.middleware import Middleware

from errors import public
from gateway import options, page_routes, state, summarize
from gateway.edge import HANDLERS, Edge
from gateway.jobs import routes as job_routes
from gateway.settings import Settings
from gateway.state import gateway
from gateway.telemetry import metrics, tracing
from gateway.telemetry.watch import Watch
from styles import catalog

_ABOUT = """
Summaries for internal services, in front of models that are being served. Who calls says so with
`Authorization: Bearer ID.SECRET`, or `Precis-Key` and `Precis-Secret`. Errors are RFC 9457 problems with stable codes.

There is no `POST /v1/chat/completions`: what is asked for here is a summary and not a conversation.
"""

_DOCS = {"persistAuthorization": False}  # a token stays in no browser

router = APIRouter()


def make(settings: Settings) -> FastAPI:
    """Return the application. Raises what its parts raise when they are made."""

    parts = state.make(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.gateway = parts
        async with state.running(parts):
            yield

    app = FastAPI(
        title="Precis",
        description=_ABOUT,
        version=version("precis"),
        lifespan=lifespan,
        middleware=[Middleware(Watch), Middleware(Edge)],
        exception_handlers=HANDLERS,
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redirect_slashes=False,  # to a host that the caller names
        telemetry=tracing.OFF,
    )
    for part in (router, page_routes.router, summarize.router, job_routes.router):
        app.include_router(part)
    patch_fastapi(app, "/docs", redirect_from_root_to_docs=False, swagger_ui_parameters=_DOCS)
    return app


@router.get("/styles")
async def styles() -> dict[str, Any]:
    """The styles that there are, and which is taken where none is asked for."""
    field = options.fields()["style"]
    described = [{"name": name, "description": catalog.get(name).description} for name in field.keywords["choices"]]
    return {"styles": described, "default": field.keywords["default"]}


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Whether the gateway runs."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Whether an upstream answers, and how busy each is; 503 when none does."""
    lanes = gateway(request).pool.lanes
    upstreams = [
        {"name": lane.upstream.name, "up": lane.is_up, "in_flight": lane.in_flight, "failures": lane.failures}
        for lane in lanes
    ]
    is_ready = any(lane.is_up for lane in lanes)
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"ready": is_ready, "waiting": gateway(request).pool.waiting, "upstreams": upstreams}, status)


@router.get("/metrics")
async def metrics_(request: Request) -> Response:
    """Counts and times, as Prometheus reads them."""
    here = gateway(request)
    try:
        here.metrics.set_jobs(await asyncio.to_thread(here.jobs.totals))
    except Exception as error:  # all else is known without the database
        public(error)
    return Response(here.metrics.text(), media_type=metrics.CONTENT_TYPE)
