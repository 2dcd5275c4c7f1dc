"""The Replicate class of langchain-community, 0.4.2, unmodified; it stands on the replicate client 1.0.7."""

from pathlib import Path
from typing import Any

import pytest

from tests.replicate_api import foreign
from tests.replicate_api.names import MODEL


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return foreign.pip(tmp_path_factory.mktemp("langchain"), "langchain-community==0.4.2", "replicate==1.0.7")


def run(packages: Path, url: str, script: str) -> Any:
    begin = "import json\nfrom langchain_community.llms import Replicate\n"
    environment = {"REPLICATE_BASE_URL": url, "REPLICATE_API_TOKEN": "secret-token", "REPLICATE_POLL_INTERVAL": "0.05"}
    return foreign.python(packages, begin + script, **environment)


def test_a_model_is_invoked_and_streams_and_a_failure_is_an_error_with_its_text(packages: Path, api_url: str) -> None:
    script = f"""
from replicate.client import Client
version = Client().models.get("{MODEL}").latest_version.id
found = []
for model in ("{MODEL}", "{MODEL}:" + version):
    llm = Replicate(model=model, model_kwargs={{"style": "legal"}})
    found.append([llm.invoke("one two three"), "".join(llm.stream("one two")), llm.invoke("one two", stop=["two"])])
try:
    Replicate(model="{MODEL}").invoke("refuse")
except RuntimeError as error:
    print(json.dumps([found, str(error)]))
"""
    found, refusal = run(packages, api_url, script)
    assert found == [["one two three ", "one two ", "one "]] * 2
    assert "E1002 document is 9,214 tokens" in refusal
