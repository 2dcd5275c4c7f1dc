"""What README and docs tell a reader to type can be typed: in a clean clone, with nothing beside it."""

import ast
import json
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import cli
from gateway import options
from serving import schema
from serving.server import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
INLINE = re.compile(r"`((?:[A-Z_]+=\S+ )?(?:python -m benchmarks|make) [^`]*)`")
MENTION = re.compile(r"`precis ([a-z][^`]*)`")  # "precis plan FILE", "precis weights pull|verify|list"


def commands(page: Path) -> list[str]:
    """The commands of a page: of its blocks a line each, and those within its text."""
    text = page.read_text(encoding="utf-8")
    lines = "\n".join(BLOCK.findall(text)).replace("\\\n", " ").splitlines()
    inline = [" ".join(command.split()) for command in INLINE.findall(BLOCK.sub("", text))]
    return [line for line in lines + inline if line.strip()]


def words(command: str) -> list[str]:
    """A command's words, without comments, settings before it and where its output goes."""
    found = shlex.split(command.partition(" > ")[0], comments=True)
    while found and re.fullmatch(r"[A-Z_]+=.*", found[0]):
        del found[0]
    return found


CASES = [pytest.param(command, id=f"{page.name}: {command[:60]}") for page in PAGES for command in commands(page)]


@pytest.mark.parametrize("command", CASES)
def test_a_command_can_be_typed(command: str) -> None:
    program, *arguments = words(command)
    if program == "make":
        assert f"\n{arguments[0]}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
    elif program in ("precis", ".venv/bin/precis"):
        check_precis(arguments)
    elif program in ("python", ".venv/bin/python"):
        check_python(arguments)
    elif program == "curl":
        check_curl(arguments)
    elif program == "docker":  # the image's name comes last
        assert arguments[-1] in ("precis", "precis-cpu")
    elif program == "pip":  # install -r FILE
        assert (ROOT / arguments[-1]).is_file()
    elif program == "ray":  # which runs what comes after --
        script = arguments[arguments.index("--") + 2]
        assert (ROOT / script).is_file()
    else:
        raise AssertionError(f"nobody checks {program}")


def check_precis(arguments: list[str]) -> None:
    options = cli.parser().parse_args(arguments)
    file = getattr(options, "file", None) or getattr(options, "documents", None)
    assert file is None or (ROOT / file).exists()


def check_python(arguments: list[str]) -> None:
    """The script is here, and every option that is given stands in it."""
    if arguments[0] == "-m":
        script = ROOT / f"{arguments[1].replace('.', '/')}.py"
        given = arguments[2:]
    else:
        script, given = ROOT / arguments[0], arguments[1:]
        assert all((ROOT / argument).exists() for argument in given)
    nodes = ast.walk(ast.parse(script.read_text(encoding="utf-8")))
    constants = {node.value for node in nodes if isinstance(node, ast.Constant)}
    assert {option for option in given if option.startswith("--")} <= constants


def check_curl(arguments: list[str]) -> None:
    """What is posted are inputs of predict.py, and what is asked of the gateway is a route and options of its own."""
    url = next(argument for argument in arguments if argument.startswith("http"))
    posted = [arguments[place + 1] for place, argument in enumerate(arguments) if argument in ("-d", "-F")]
    known = schema.openapi(ROOT / "predict.py")["components"]["schemas"]["Input"]["properties"]
    if urlsplit(url).path == "/predictions":
        assert json.loads(posted[0])["input"].keys() <= known.keys()
        return
    assert urlsplit(url).path in ("/summarize", "/batch-summarize", "/jobs")
    headers = [arguments[place + 1].split(": ", 1) for place, argument in enumerate(arguments) if argument == "-H"]
    options.from_headers((name, value) for name, value in headers)
    for body in posted:
        names = json.loads(body).keys() if body.startswith("{") else {body.partition("=")[0]}
        assert names <= {*known, "file", "id"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_command_that_is_mentioned_exists(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for mention in MENTION.findall(page.read_text(encoding="utf-8")):
        found = mention.split()
        path = [word for word in found[:2] if re.fullmatch(r"[a-z|]+", word)]
        for last in path[-1].split("|"):
            with pytest.raises(SystemExit, match="0"):
                cli.parser().parse_args([*path[:-1], last, "--help"])
        shown = capsys.readouterr().out
        assert [option for option in found if option.startswith("-") and option not in shown] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_leads_to_a_file_that_is_here(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_module_that_is_named_is_here(page: Path) -> None:
    named = re.findall(r"`(\w+(?:/\w+)+\.(?:py|toml|sh|md))`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_readme_can_be_read_in_one_sitting() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 200
