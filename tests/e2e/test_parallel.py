"""More clients than places: everyone is served, with the text that they would have got alone."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from serving import client

SUBJECTS = ["a bridge", "a school", "a ferry", "a museum", "a theatre"]


def test_forty_clients_get_what_each_gets_alone(server_url: str) -> None:
    def inputs(i: int) -> dict[str, Any]:
        return {
            "text": f"The council of town number {i % 10} will build {SUBJECTS[i % 5]} for {i % 10 + 1} million euros.",
            "style": ("general", "news")[i % 2],
            "max_tokens": 12,
        }

    def summary(i: int) -> str:
        return "".join(client.summarize(server_url, inputs(i), patience=200)["output"])

    different = {str(inputs(i)): i for i in range(40)}
    alone = {key: summary(i) for key, i in different.items()}
    with ThreadPoolExecutor(40) as clients:
        together = list(clients.map(summary, range(40)))
    assert together == [alone[str(inputs(i))] for i in range(40)]
    assert len(set(together)) == 10
