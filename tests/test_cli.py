import json
import os
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from cli import main
from serving.schema import dumps, openapi
from serving.server import ROOT, free_port
from serving.signature import read

TEXT = (
    "The county council voted on Tuesday to build a bridge of 120 metres over the river Alm at Neudorf. It will cost "
    "4.2 million euros and open in spring 2027. Until then a ferry carries people and bicycles, but no cars."
)


def precis(*arguments: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the command as a user does."""
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, timeout=120, check=False)


def test_help_names_the_commands() -> None:
    help_text = precis("--help").stdout
    assert [
        name
        for name in ("serve", "schema", "summarize", "normalize", "plan", "knowledge", "weights", "image")
        if name not in help_text
    ] == []


def test_nothing_heavy_is_imported_before_a_command_runs() -> None:
    heavy = {"torch", "transformers", "huggingface_hub", "httpx", "pydantic", "cog"}
    code = f"import sys, cli; cli.parser(); print(sorted({heavy!r} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_command_is_required() -> None:
    assert precis().returncode == 2


def test_every_input_can_be_given_and_help_says_which_there_are(server_url: str) -> None:
    help_text = precis("summarize", "--help").stdout
    assert [field.name for field in read(ROOT / "predict.py").inputs if f"  {field.name} " not in help_text] == []
    given = ("-i", "redact_pii=mask", "-i", "keep_terms=Neudorf", "-i", "max_tokens=20", "-i", "output_format=json")
    done = precis("summarize", "-", *given, "--url", server_url, text=f"Write to jane.roe@example.org. {TEXT}")
    assert done.returncode == 0, done.stderr
    assert [one["type"] for one in json.loads(done.stdout)["redactions"]].count("EMAIL") == 1


def test_the_version_is_the_packages() -> None:
    assert precis("--version").stdout == f"precis {version('precis')}\n"


def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = [sys.executable, "-m", "cli", "schema"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    process.stdout.close()
    _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (141, b"")


def test_blank_standard_input_is_refused_before_a_server_is_started() -> None:
    done = precis("summarize", "-", text=" \n")
    assert (done.returncode, done.stderr) == (
        2,
        "precis: E1001 standard input holds 2 characters, none of them visible\n",
    )


def test_schema_prints_what_the_build_would_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == dumps(openapi(ROOT / "predict.py")) + "\n"


def test_a_file_may_be_given_as_any_input(server_url: str, tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text(TEXT)
    (tmp_path / "question.txt").write_text("What does it cost?")
    given = ("-i", f"text=@{tmp_path}/bridge.txt", "-i", f"focus=@{tmp_path}/question.txt", "--max-tokens", "20")
    as_files = precis("summarize", *given, "--url", server_url)
    as_text = precis(
        "summarize", "-", "--focus", "What does it cost?", "--max-tokens", "20", "--url", server_url, text=TEXT
    )
    assert as_files.returncode == 0, as_files.stderr
    assert as_files.stdout == as_text.stdout


def test_a_file_is_summarized_and_its_tokens_and_times_go_to_stderr(server_url: str, tmp_path: Path) -> None:
    (tmp_path / "bridge.md").write_text(TEXT)
    done = precis(
        "summarize", str(tmp_path / "bridge.md"), "--style", "news", "--max-tokens", "20", "--url", server_url
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert "tokens in" in done.stderr
    assert TEXT not in done.stderr


def test_standard_input_is_summarized_as_one_json_object(server_url: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "notes.zip", "w") as archive:
        archive.writestr("bread.md", "# Rye bread\n\nLet the dough rest for an hour.")
    options = ("--json", "--max-tokens", "20", "--knowledge", str(tmp_path / "notes.zip"))
    done = precis("summarize", "-", *options, "--url", server_url, text=TEXT)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["summary"]
    assert json.loads(done.stdout)["passages"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["summarize", "none.txt"], "E1004 none.txt cannot be read"),
        (["summarize", "-i", "style=news"], "E1001 name a FILE"),
        (["summarize", "-", "--style", "shrill"], 'style: "shrill" is not one of'),
        (["summarize", "-", "--max-tokens", "5000"], "5000 is greater than the maximum of 4096"),
    ],
)
def test_what_the_caller_did_is_one_line_and_exit_2(server_url: str, arguments: list[str], message: str) -> None:
    done = precis(*arguments, "--url", server_url, text=TEXT)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_normalize_prints_the_redacted_text_and_reports_on_stderr(tmp_path: Path) -> None:
    page = "<html><body><p>Write to jane.roe@example.org before the bridge opens in spring.</p></body></html>"
    (tmp_path / "page.html").write_text(page)
    done = precis("normalize", str(tmp_path / "page.html"), "--redact", "pseudonym", "--report")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Write to [EMAIL_1] before the bridge opens in spring.\n"
    [redaction] = json.loads(done.stderr)["redactions"]
    assert (redaction["type"], redaction["start"], redaction["end"]) == ("EMAIL", 9, 29)
    assert "jane.roe" not in done.stderr


def test_normalize_reads_lines_and_needs_no_model_without_redaction() -> None:
    done = precis("normalize", "-", "--lines", text='{"id": 1, "text": "one\\u00a0 two"}\n\n{"id": 2}\n')
    first, second = map(json.loads, done.stdout.splitlines())
    assert first == {"id": 1, "text": "one two", "removed": [], "redactions": []}
    assert (second["id"], second["error"]["code"]) == (2, "E1013")


def test_lines_are_utf_8_on_a_terminal_that_is_not_and_a_bad_row_costs_no_other(tmp_path: Path) -> None:
    rows = '\ufeff{"id": "ü", "text": "one €"}\r{"id": "\\ud83d", "text": "x"}\r{"id": 3, "text": "\\ud83d two"}\r'
    (tmp_path / "rows.jsonl").write_text(rows, encoding="utf-16-le")
    command = [sys.executable, "-m", "cli", "normalize", "--lines", str(tmp_path / "rows.jsonl")]
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=120, check=True)
    first, second, third = map(json.loads, done.stdout.decode().splitlines())
    assert (first["id"], first["text"]) == ("ü", "one €")
    assert (second["line"], second["error"]["message"]) == (2, "E1013 line 2: id must be text or a whole number")
    assert (third["id"], third["text"]) == (3, "\ufffd two")


def test_plan_shows_pieces_and_rounds_or_one_prompt(tmp_path: Path) -> None:
    (tmp_path / "minutes.md").write_text("\n\n".join(f"## Item {n}\n\n{TEXT * 8}" for n in range(100)))
    done = precis("plan", str(tmp_path / "minutes.md"), "--length", "brief")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].split()[0] == "1"
    assert "from: Item" in done.stdout
    assert ": 1 prompt, at most" in done.stdout.splitlines()[-2]
    assert precis("plan", "-", text=TEXT).stdout.endswith("tokens\n")
    refused = precis("plan", str(tmp_path / "minutes.md"), "--max-input-tokens", "99")
    assert (refused.returncode, refused.stderr[:13]) == (2, "precis: E1002")


def test_knowledge_is_built_searched_changed_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    docs, index = tmp_path / "docs", str(tmp_path / "index")
    docs.mkdir()
    (docs / "ferry.md").write_text("# Ferry\n\nThe ferry at Neudorf leaves every ten minutes.")
    (docs / "bridge.md").write_text(f"# Bridge\n\n{TEXT}")
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    built = precis("knowledge", "build", str(docs), "--out", index)
    assert built.returncode == 2
    assert built.stdout.startswith("2 sources added, 0 replaced, 0 removed, 0 unchanged, 1 unreadable; 2 chunks")
    assert built.stderr.endswith("precis: broken.pdf: E1011 document is a broken PDF of 20 bytes\n")

    def run(*arguments: str) -> str:
        assert main(["knowledge", *arguments, "--index", index]) == 0
        return capsys.readouterr().out

    question = ("search", "How often does the ferry leave?")
    found = run(*question, "--top-k", "1")
    assert "ferry.md, chunk 1, characters 0 to " in found.splitlines()[0]
    assert found.rstrip().endswith("leaves every ten minutes.")
    assert run(*question, "--filter", "type=html") == ""

    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"id": "a", "text": "what does the bridge cost"}\n{\n{"id": "b", "text": "ferry at Neudorf"}\n')
    lines = [json.loads(line) for line in run("search", "--lines", str(queries), "--top-k", "2").splitlines()]
    assert lines.pop(1)["error"] == {"code": "E1013", "message": "E1013 line 2: it is not JSON"}
    assert [(line["id"], line["hits"][0]["source"], line["hits"][0]["chunk"]) for line in lines] == [
        ("a", "bridge.md", 1),
        ("b", "ferry.md", 1),
    ]

    (docs / "more.txt").write_text("Bicycles are carried on the ferry at no charge.")
    assert run("add", str(docs / "more.txt")).startswith("1 sources added")
    assert run("remove", "bridge.md") == "1 removed; 2 sources, 2 chunks\n"
    assert "sources    2\nchunks     2\n" in run("stats")
    assert run("verify").startswith("2 sources, 2 chunks, every byte")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search"], "E1001"),
        (["search", "x", "--lines", "y"], "E1003"),
        (["search", "x", "--filter", "ferry"], "E4006"),
        (["search", "x", "--top-k", "0"], "E1009"),
        (["build", "none"], "E1004"),
        (["verify", "--index", "."], "E4002"),
        (["stats", "--index", "none"], "E4002"),
    ],
)
def test_what_the_caller_of_knowledge_did_is_exit_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["knowledge", *arguments]) == 2
    assert f"precis: {message} " in capsys.readouterr().err


def test_an_error_of_the_model_keeps_its_code(server_url: str) -> None:
    done = precis("summarize", "-", "--url", server_url, text="   ")
    assert done.returncode == 2
    assert "precis: E1001 " in done.stderr


def test_nobody_at_the_address_is_exit_2() -> None:
    done = precis("summarize", "-", "--url", f"http://127.0.0.1:{free_port()}", text=TEXT)
    assert done.returncode == 2
    assert "E3001" in done.stderr


def test_a_fault_is_exit_1(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "predictions").mkdir()  # http.server answers POST with 501
    other = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(tmp_path)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONUNBUFFERED": "1"},
    )
    try:
        assert other.stdout
        assert b"Serving" in other.stdout.readline()
        done = precis("summarize", "-", "--url", f"http://127.0.0.1:{port}", text=TEXT)
        assert (done.returncode, "E5000 the server answered 501" in done.stderr) == (1, True)
    finally:
        other.kill()
        other.communicate()


def test_the_models_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "list"]) == 0
    assert "smollm2-135m" in capsys.readouterr().out


def test_a_model_that_has_no_name_cannot_be_pulled(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "pull", "nobody-knows-this"]) == 2
    assert "E2001" in capsys.readouterr().err


def test_any_summary_is_verified_and_the_table_says_which_sentences_are_doubted(tmp_path: Path) -> None:
    (tmp_path / "document.html").write_text("<p>The bridge opened in 1984 and carries trams over the river Alm.</p>")
    (tmp_path / "summary.md").write_text("The bridge opened in 1985. It carries trams.")
    given = ["verify", str(tmp_path / "summary.md"), "--source", str(tmp_path / "document.html")]
    done = precis(*given)
    assert done.returncode == 0, done.stderr
    assert "      - ! The bridge opened in 1985." in done.stdout
    assert "unsupported: date '1985'" in done.stdout
    assert "1 of 2 sentences unsupported" in done.stdout
    assert "checked by rules alone" in done.stderr
    found = json.loads(precis(*given, "--json").stdout)
    assert [sentence["unsupported"] for sentence in found["sentences"]] == [True, False]
    assert found["checked_by"] == "rules"
    assert found["summary"].startswith("The bridge")
