"""The CPU image, built by Cog's command line and run by Docker. `make test-image` runs this where both are.

What is asked of a container without a network is asked inside it. Every wait is bounded, every container removed. The
image stays (`precis-test`), so that the next run builds from its layers.
"""

import json
import re
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from errors import UserError
from image import contents, tool
from serving import client, schema
from serving.client import Chunk, Completed
from serving.server import ROOT

NAME = "precis-test"
FILE = "image-cpu.yaml"
LOCKED = (
    *("--read-only", "--tmpfs", "/tmp", "--user", "nobody"),  # noqa: S108 # in the container
    *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
)
TEXT = (
    "The county council voted on Tuesday to build a bridge of 120 metres over the river Alm at Neudorf. It will cost "
    "4.2 million euros and open in spring 2027. Until then a ferry carries people and bicycles, but no cars."
)
STATUS = "import json, urllib.request as r; print(json.load(r.urlopen('http://127.0.0.1:5000/health-check'))['status'])"
ASK = """
import json, sys, urllib.request
body = json.dumps({"input": json.loads(sys.argv[1])}).encode()
headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
request = urllib.request.Request("http://127.0.0.1:5000/predictions", body, headers)
print(urllib.request.urlopen(request, timeout=240).read().decode())
"""


def missing() -> str:
    """Why no image can be built here; empty where one can."""
    try:
        tool.version()
    except UserError as error:
        return str(error)
    if not shutil.which("docker"):
        return "docker not found"
    asked = subprocess.run(["docker", "version"], capture_output=True, timeout=60, check=False)  # noqa: S607
    return "no Docker engine answers" if asked.returncode else ""


REASON = missing()
pytestmark = [pytest.mark.image, pytest.mark.skipif(bool(REASON), reason=REASON), pytest.mark.timeout(3600)]


def docker(*arguments: str, timeout: float = 60) -> str:
    """What a command of Docker's prints."""
    command = ["docker", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


@pytest.fixture(scope="module")
def image() -> str:
    """The image as `make image IMAGE=image-cpu.yaml` builds it."""
    command = [sys.executable, "-m", "cli", "image", "build", NAME, "--file", FILE, "--dirty"]
    assert subprocess.run(command, cwd=ROOT, timeout=3000, check=False).returncode == 0
    return NAME


@contextmanager
def container(image: str, *options: str) -> Iterator[str]:
    """A container that was started, which goes with the block."""
    name = f"precis-test-{uuid.uuid4().hex[:12]}"
    try:
        docker("run", "--detach", "--name", name, *options, image)
        yield name
    finally:
        subprocess.run(["docker", "rm", "--force", "--volumes", name], capture_output=True, timeout=120, check=False)  # noqa: S607


def state(name: str) -> str:
    """What Docker, or if the container runs its server, says of it."""
    of_docker = docker("inspect", "--format", "{{.State.Status}}", name)
    if of_docker != "running":
        return of_docker
    command = ["docker", "exec", name, "python", "-c", STATUS]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return asked.stdout.strip() or of_docker


def settled(name: str, timeout: float = 300) -> str:
    """The state of a container that is ready, or will never be."""
    ends = time.monotonic() + timeout
    while (now := state(name)) not in ("READY", "SETUP_FAILED", "DEFUNCT", "exited", "dead"):
        assert time.monotonic() < ends, f"{now} after {timeout:g} s\n{logs(name)}"
        time.sleep(0.5)
    return now


def logs(name: str) -> str:
    done = subprocess.run(["docker", "logs", name], capture_output=True, text=True, timeout=60, check=False)  # noqa: S607
    return done.stdout + done.stderr


def address(name: str) -> str:
    """Where a container that was started with `--publish 127.0.0.1::5000` is reached."""
    return f"http://{docker('port', name, '5000/tcp').splitlines()[0]}"


def predicted(image: str, folder: Path, *inputs: str) -> str:
    """What `cog predict` prints, which for a list is a JSON array."""
    given = [word for one in inputs for word in ("-i", one)]
    command = ["cog", "predict", image, *given]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return "".join(json.loads(done.stdout))


def label(image: str, name: str) -> str:
    return docker("image", "inspect", "--format", f'{{{{index .Config.Labels "{name}"}}}}', image)


def test_its_schema_is_ours(image: str) -> None:
    built: dict[str, Any] = json.loads(label(image, "run.cog.openapi_schema"))
    ours = json.loads(schema.dumps(schema.openapi(ROOT / "predict.py")))
    del built["info"]["version"], ours["info"]["version"]
    assert built == ours


def test_it_has_no_cuda(image: str) -> None:
    packages = label(image, "run.cog.pip_freeze")
    assert re.search(r"^torch==[\d.]+\+cpu$", packages, re.M)
    assert not re.search(r"^nvidia-", packages, re.M)


def test_each_model_is_a_layer_of_its_own_and_what_is_hidden_is_not_in_it(image: str) -> None:
    models = {spec.alias for spec in contents.models(ROOT, FILE)}
    steps = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", image)
    assert set(re.findall(r"^COPY /src/weights/(\S+) ", steps, re.M)) == models
    files = docker("run", "--rm", "--entrypoint", "ls", image, "-A", "/src").split()
    assert {"predict.py", "cog.yaml", "weights"} <= set(files)
    assert not {"tests", "docs", ".venv", ".git", "build"} & set(files)


def test_cog_predict_summarizes_a_text_and_the_same_in_a_file(image: str, tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text(TEXT)
    summary = predicted(image, tmp_path, f"text={TEXT}", "max_tokens=60")
    assert len(summary.split()) > 5
    assert predicted(image, tmp_path, "text=@article.txt", "max_tokens=60") == summary


def test_cog_predict_summarizes_a_table(image: str, tmp_path: Path) -> None:
    rows = [{"id": "a", "text": TEXT}, {"id": "b", "text": ""}, {"id": "c", "text": TEXT}]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines = predicted(image, tmp_path, "documents=@rows.jsonl", "max_tokens=40").splitlines()
    answers = {answer["id"]: answer for answer in map(json.loads, lines) if "id" in answer}
    assert set(answers) == {"a", "b", "c"}
    assert [answers[name]["status"] for name in "abc"] == ["succeeded", "failed", "succeeded"]


def test_nobody_is_answered_without_a_network_on_a_root_that_cannot_be_written_to(image: str) -> None:
    with container(image, *LOCKED, "--network", "none") as name:
        assert settled(name) == "READY", logs(name)
        assert docker("exec", name, "id", "-un") == "nobody"
        asked = json.dumps({"text": f"Write to jane.roe@example.org. {TEXT}", "redact_pii": "mask", "max_tokens": 40})
        answer = docker("exec", name, "python", "-c", ASK, asked, timeout=300)
        assert answer.count("event: output") >= 1
        assert answer.count("event: completed") == 1
        assert '"succeeded"' in answer
        assert "jane.roe" not in answer


def test_it_streams_and_what_is_under_way_is_finished_after_sigterm(image: str) -> None:
    with container(image, *LOCKED, "--publish", "127.0.0.1::5000") as name:
        assert settled(name) == "READY", logs(name)
        events = client.stream(address(name), {"text": TEXT, "length": "detailed", "max_tokens": 200})
        first = next(events)
        docker("kill", "--signal", "TERM", name)
        *chunks, last = events
        assert isinstance(first, Chunk)
        assert len(chunks) > 1
        assert isinstance(last, Completed)
        assert last.status == "succeeded"
        assert docker("wait", name) == "0"


def test_with_too_little_memory_it_says_how_much_there_is_and_is_needed(image: str) -> None:
    with container(image, *LOCKED, "--memory", "700m", "--memory-swap", "700m") as name:
        assert settled(name) != "READY"
        said = [line for line in logs(name).splitlines() if re.search(r"\bE\d{4} ", line)]
        assert any(len(re.findall(r"\d[\d,.]* ?[KMG]i?B", line)) >= 2 for line in said), said
