"""The page at `/`: files that the browser runs as they are.

Knows: their media types, and that a browser may run nothing else and ask nobody else. Knows nothing of what the page
does: it calls the routes that everybody calls.
"""

from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

_FOLDER = Path(__file__).with_name("page")
_MEDIA_TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".svg": "image/svg+xml"}

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}

router = APIRouter(include_in_schema=False)


@router.get("/")
async def page() -> FileResponse:
    """The page itself."""
    return _file("index.html")


@router.get("/page/{name}")
async def part(name: str) -> FileResponse:
    """One of its parts."""
    return _file(name)


def _file(name: str) -> FileResponse:
    path = _FOLDER / name
    if path.parent != _FOLDER or path.suffix not in _MEDIA_TYPES or not path.is_file():
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return FileResponse(path, media_type=_MEDIA_TYPES[path.suffix], headers=_HEADERS)
