"""litellm, 1.110.2, unmodified: Replicate's address is written into it, so a transport leads it to the API."""

from pathlib import Path
from typing import Any

import pytest

from tests.replicate_api import foreign
from tests.replicate_api.names import MODEL

BEGIN = f"""
import json, os
import httpx, litellm
from litellm.llms.custom_httpx.http_handler import HTTPHandler

litellm.suppress_debug_info = True  # else it prints
MODEL = "replicate/{MODEL}"
SAID = [{{"role": "user", "content": "one two three"}}]

class ToTheApi(httpx.HTTPTransport):
    def handle_request(self, request):
        here = httpx.URL(os.environ["URL"])
        request.url = request.url.copy_with(scheme=here.scheme, host=here.host, port=here.port)
        return super().handle_request(request)

client = HTTPHandler(client=httpx.Client(transport=ToTheApi()))
litellm.in_memory_llm_clients_cache.set_cache("httpx_clienttimeout_600.0", client)

def complete(**options):
    options.setdefault("model", MODEL)
    return litellm.completion(messages=SAID, api_key="secret-token", **options)
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return foreign.pip(tmp_path_factory.mktemp("litellm"), "litellm==1.110.2")


def run(packages: Path, url: str, script: str) -> Any:
    environment = {"URL": url, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "DEFAULT_REPLICATE_POLLING_DELAY_SECONDS": "0"}
    return foreign.python(packages, BEGIN + script, **environment)


def test_a_completion_comes_whole_as_a_stream_or_refused_with_its_code(packages: Path, api_url: str) -> None:
    script = """
whole = complete(max_tokens=20, temperature=0.5, stop=["none"])
stream = complete(stream=True)
try:
    complete(text="one", max_tokens=20)
except Exception as error:
    refusal = str(error)
print(json.dumps([whole.choices[0].message.content,
                  "".join(chunk.choices[0].delta.content or "" for chunk in stream), refusal]))
"""
    whole, streamed, refusal = run(packages, api_url, script)
    assert "one two three" in whole
    assert "one two three" in streamed
    assert "E1015 text and prompt are names of one input" in refusal
