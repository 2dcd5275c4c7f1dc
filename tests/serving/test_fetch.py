import asyncio
import base64
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from errors import UserError
from serving import fetch, public_http
from serving.server import free_port
from tests.serving.web import Web, web


@pytest.fixture(scope="module")
def site() -> Iterator[Web]:
    with web() as site:
        yield site


@pytest.fixture(autouse=True)
def private_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(public_http.ALLOW_PRIVATE, "1")


def fetched(url: str, folder: Path, limit: int = 1_000) -> Path:
    return asyncio.run(fetch.fetch(url, folder, "document", limit))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/file.htm", "document.htm"),
        ("/file", "document.html"),
        ("/file/gr%C3%B6%C3%9Fe.v_1?a=.b", "document.html"),
        ("/file/größe", "document.html"),
    ],
)
def test_a_file_arrives_whole_under_a_name_of_ours(site: Web, tmp_path: Path, path: str, name: str) -> None:
    file = fetched(site.url + path, tmp_path)
    assert (file.name, file.read_text(encoding="utf-8")) == (name, "größer 長さ")


def test_a_redirect_is_followed_and_the_first_address_names_the_type(site: Web, tmp_path: Path) -> None:
    assert fetched(f"{site.url}/redirect?/file.html", tmp_path).read_bytes()
    assert fetched(f"HTTP{site.url[4:]}/redirect?{site.url}/bytes/3", tmp_path).name == "document"


def test_what_comes_in_chunks_is_put_together(site: Web, tmp_path: Path) -> None:
    assert fetched(f"{site.url}/chunks/100", tmp_path).read_bytes() == b"0123456789" * 100


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/bytes/1001", "E1005 document is 1,001 bytes or more; the limit is 1,000"),
        ("/chunks/101", "E1005 document is 1,010 bytes or more; the limit is 1,000"),
        ("/404", "E1101 document: the server answered 404"),
        ("/loop", "E1101 document: there are over 5 redirects"),
        ("/half", "E1101 document: the answer is not one of HTTP: the body ends before its end"),
        ("/garbage", "E1101 document: the answer is not one of HTTP: its first line is not one of HTTP/1.1"),
        ("/packed", "E1101 document: the server sent it packed, which was not asked for"),
        ("/redirect?file:///etc/passwd", "E1101 document: the URL, or where it leads, is not one of http or https"),
    ],
)
def test_what_cannot_be_fetched_is_told_with_a_code_and_not_with_the_address(
    site: Web, tmp_path: Path, path: str, problem: str
) -> None:
    url = f"{site.url}{path}{'' if '?' in path else '?'}&token=secret"
    with pytest.raises(UserError) as raised:
        fetched(url, tmp_path)
    assert str(raised.value) == problem


@pytest.mark.parametrize(
    "url",
    [
        "http://no-such-host.invalid/?secret",
        "http://127.0.0.1:{port}/?secret",
        "https://127.0.0.1:{web}/?secret",
        "http://[::1/?secret",
        "http:///?secret",
        "http://" + "a" * 70 + ".example/?secret",
        "http://127.0.0.1:99999/?secret",
    ],
)
def test_an_address_that_leads_nowhere_is_told_alike(site: Web, tmp_path: Path, url: str) -> None:
    with pytest.raises(UserError, match=r"^E1101 document: ") as raised:
        fetched(url.format(port=free_port(), web=site.url.rpartition(":")[2]), tmp_path)
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_one_deadline_holds_for_all_of_it(site: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "SECONDS", 0.3)
    site.left.clear()
    with pytest.raises(UserError, match=r"^E1101 document: it took over 0\.3 s to fetch$"):
        fetched(f"{site.url}/drip", tmp_path, 1_000_000)
    assert site.left.wait(10)


def test_a_cancel_ends_the_download(site: Web, tmp_path: Path) -> None:
    site.dripping.clear()
    site.left.clear()

    async def cancel() -> None:
        fetching = asyncio.create_task(fetch.fetch(f"{site.url}/drip", tmp_path, "document", 1_000_000))
        await asyncio.to_thread(site.dripping.wait, 10)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching

    asyncio.run(cancel())
    assert site.left.wait(10)


PRIVATE = """
    127.0.0.1 127.9.9.9 0.0.0.0 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 198.18.0.1 224.0.0.1
    255.255.255.255 ::1 :: fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 ff02::1 ::ffff:127.0.0.1 ::ffff:169.254.169.254
    2002:7f00:1:: 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 2001:0:1::1
"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_an_address_that_is_not_the_internets_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.delenv(public_http.ALLOW_PRIVATE)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found: list[Any] = [(family, socket.SOCK_STREAM, 6, "", (address, 80))]

    def resolve(*_: object, **__: object) -> list[Any]:
        return found

    monkeypatch.setattr(socket, "getaddrinfo", resolve)  # whatever the name is
    with pytest.raises(UserError, match=r"^E1102 document: innocent\.example is not a public address"):
        fetched("http://innocent.example/?secret", tmp_path)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "127.0.0.1.", "user@127.0.0.1"]
)
def test_however_this_machine_is_written_it_is_not_asked(
    site: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.delenv(public_http.ALLOW_PRIVATE)
    with pytest.raises(UserError, match=r"^E110[12] "):
        fetched(f"http://{host}:{site.url.rpartition(':')[2]}/file.html", tmp_path)


def test_a_redirect_leads_nowhere_that_is_refused(site: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(public_http.ALLOW_PRIVATE)
    is_public, port = public_http._is_public, site.url.rpartition(":")[2]
    asked: list[str] = []

    def first_is_public(address: str) -> bool:
        asked.append(address)
        return len(asked) == 1 or is_public(address)

    monkeypatch.setattr(public_http, "_is_public", first_is_public)
    with pytest.raises(UserError, match=r"^E1102 document: localhost is not a public address"):
        fetched(f"{site.url}/redirect?http://localhost:{port}/file.html", tmp_path)


def test_public_addresses_are_not_refused() -> None:
    for address in ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"):
        assert public_http._is_public(address), address


@pytest.mark.parametrize(
    ("url", "name", "content"),
    [
        ("data:text/html;base64,YWJj", "document.html", b"abc"),
        ("DATA:text/plain;charset=utf-8;BASE64,YW%4Aj\n", "document.txt", b"abc"),
        ("data:,a%20b", "document", b"a b"),
        ("data:application/x-unheard-of,", "document", b""),
    ],
)
def test_a_data_url_is_decoded(tmp_path: Path, url: str, name: str, content: bytes) -> None:
    file = fetched(url, tmp_path)
    assert (file.name, file.read_bytes()) == (name, content)


@pytest.mark.parametrize(
    "url", ["data:text/plain", "data:text/plain;base64,YWJ", "data:;base64,ä", "data:;base64,Y*Jj", "data:;base64,a"]
)
def test_a_broken_data_url_has_one_code(tmp_path: Path, url: str) -> None:
    with pytest.raises(UserError, match=r"^E1103 document: the data URL"):
        fetched(url, tmp_path)


def test_a_data_url_over_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="E1005 document is 1,001 bytes; the limit is 1,000"):
        fetched(f"data:;base64,{base64.b64encode(b'x' * 1_001).decode()}", tmp_path)
    assert list(tmp_path.iterdir()) == []
