"""Clients do not overtake themselves, and the loop's clock is read when its first token is chosen."""

import threading
import time

from benchmarks.serving import LOOP, PIPELINE, SERVER, FirstToken, Load, Sample, closed_loop, drawn


def test_so_many_clients_are_under_way_and_never_more() -> None:
    together, clients = threading.Barrier(3, timeout=30), set[int]()

    def one(number: int) -> Sample:
        clients.add(threading.get_ident())
        together.wait()  # for two others
        return Sample(number, 0.0, 1)

    load = closed_loop(3, list(range(9)), one)
    assert [sample.first_token for sample in load.samples] == list(range(9))
    assert len(clients) == 3


def test_the_clock_is_read_once_and_changes_no_score() -> None:
    clock, scores = FirstToken(), object()
    before = time.perf_counter()
    assert clock(None, scores) is scores
    first = clock.at
    assert clock(None, scores) is scores
    assert before <= first == clock.at <= time.perf_counter()


def test_rate_and_median_are_of_all_requests() -> None:
    load = Load([Sample(0.1, 0.0, 6), Sample(0.3, 0.0, 6), Sample(5.0, 0.0, 18)], seconds=6.0)
    assert (load.per_minute, load.first_token, load.tokens_a_second) == (30.0, 0.3, 5.0)


def test_the_picture_has_the_server_and_the_loop_and_not_the_pipeline() -> None:
    loads = {
        way: {1: Load([Sample(1.0, 0.0, 1)], 1.0), 8: Load([Sample(2.0, 0.0, 1)], 2.0)}
        for way in (SERVER, PIPELINE, LOOP)
    }
    picture = drawn(loads)
    assert picture.count(">Precis<") == picture.count(f">{LOOP}<") == 2  # in both panels
    assert PIPELINE not in picture
    assert picture.count("<circle") == 8
