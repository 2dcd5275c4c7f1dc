"""The page's files: what a browser is told of each, and that there are no others."""

import httpx
import pytest

from serving.server import ROOT
from tests.gateway.answers import problem_of

FILES = sorted(path.name for path in (ROOT / "gateway" / "page").iterdir())


@pytest.mark.parametrize("path", ["/", *(f"/page/{name}" for name in FILES)])
def test_a_browser_may_do_nothing_with_it_that_is_not_its_own(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert answer.status_code == 200
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "media_type"), [("index.html", "text/html"), ("page.js", "text/javascript"), ("page.css", "text/css")]
)
def test_a_file_has_its_media_type(client: httpx.Client, name: str, media_type: str) -> None:
    assert client.get(f"/page/{name}").headers["content-type"].startswith(media_type)


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2fapp.py", "..%2f..%2fpyproject.toml", "%2e%2e", "%00.js", "a/b.js"]
)
def test_nothing_else_is_served(client: httpx.Client, name: str) -> None:
    assert problem_of(client.get(f"/page/{name}")) == (404, "E7014")


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_no_script_makes_markup_or_keeps_anything(name: str) -> None:
    text = (ROOT / "gateway" / "page" / name).read_text("utf-8")
    forbidden = ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "localStorage", "sessionStorage", "cookie =")
    assert [word for word in forbidden if word in text] == []
    assert "http://" not in text
    assert "https://" not in text
