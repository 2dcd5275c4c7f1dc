"""Whatever becomes of predictions and of the process: one line for each document, and never two."""

import asyncio
import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch import documents
from batch.driver import Driver, End, Limits
from batch.lane import Lane
from batch.shards import Cutter, Shard
from batch.store import Store
from batch.target import BrokenError, BusyError, DownError, Items, Note, Seconds, StopError
from errors import UserError

WORK = b"options"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No wait is longer than a moment."""
    monkeypatch.setattr("batch.driver.FIRST_WAIT", 0.001)
    monkeypatch.setattr("batch.driver.LONGEST_WAIT", 0.002)
    monkeypatch.setattr("batch.driver._LOOK_SECONDS", 0.01)
    monkeypatch.setattr("batch.lane.FIRST_WAIT", 0.001)
    monkeypatch.setattr("batch.lane.LONGEST_WAIT", 0.002)
    yield


class Wild:
    """A target that does anything that one over a network may do, as `chance` has it."""

    most_bytes = 1_000_000
    places = 3
    sure_places = 2

    def __init__(self, name: str, chance: random.Random, wildness: float) -> None:
        self.name = name
        self.chance = chance
        self.wildness = wildness
        self.answers: dict[str, list[dict[str, Any]]] = {}  # of predictions that it goes on with when nobody listens
        self.moments: list[Any] = []  # what is done at every await

    async def identity(self) -> str:
        return "wild"

    async def run(self, shard: Shard, options: dict[str, Any], note: Note) -> Items:
        await self.moment()
        if self.happens():
            raise self.chance.choice([BusyError("full"), DownError("silent")])
        ticket = (shard.open and shard.open.ticket) or f"t{self.chance.random()}"
        await note(ticket)
        await self.moment()
        if self.happens():
            raise self.chance.choice([DownError("silent"), BrokenError("cut")])
        lines = self.answers.setdefault(ticket, [self.answer(row) for row in shard.rows.values()])
        if self.happens():
            self.chance.shuffle(lines)
        if self.happens():
            lines = lines + self.chance.sample(lines, len(lines) // 2)
        while lines:
            some = self.chance.randint(1, len(lines))
            yield lines[:some]
            lines = lines[some:]
            await self.moment()
            if self.happens():
                raise BrokenError("cut", 0.1)
            if self.happens():
                break  # and says nothing of the others
        yield Seconds(0.1)

    def answer(self, row: Any) -> dict[str, Any]:
        text = row.document.inputs["text"]
        if text == "bad":
            return {"id": str(row.number), "status": "failed", "error": {"code": "E1007", "message": "E1007"}}
        if text == "poison" or self.happens():
            return {"id": str(row.number), "status": "failed", "error": {"code": "E5001", "message": "E5001"}}
        return {"id": str(row.number), "status": "succeeded", "summary": text.upper()}

    def happens(self) -> bool:
        return self.chance.random() < self.wildness

    async def moment(self) -> None:
        for act in self.moments:
            await act()
        await asyncio.sleep(0)

    async def cancel(self, ticket: str) -> None:
        pass

    async def is_up(self) -> bool:
        return not self.happens()

    async def close(self) -> None:
        pass


def written(folder: Path, count: int) -> Path:
    """A table of so many documents, of which some are bad, and one comes twice."""
    texts = ["bad" if n % 7 == 3 else "poison" if n % 11 == 5 else f"text {n}" for n in range(count)]
    lines = [json.dumps({"id": f"doc-{n}", "text": text}) for n, text in enumerate(texts)]
    (folder / "in.jsonl").write_text("\n".join([*lines, "{broken", json.dumps({"id": "doc-0", "text": "again"})]))
    return folder / "in.jsonl"


async def run(source: Path, out: Path, targets: list[Wild], before: Any = None) -> End:
    with closing(Store(out)) as store:
        store.read(documents.read(source), WORK)
        open_ones = store.open_predictions([target.name for target in targets])
        cutter = Cutter(documents.read(source), partial(store.find, WORK), open_ones)
        driver = Driver(store, cutter, [Lane(target, rows=4) for target in targets], {}, Limits())
        if before:
            before(driver, store)
        return await asyncio.wait_for(driver.run(), 60)


def keys(out: Path) -> list[Any]:
    """What OUT has lines of; every line is whole."""
    text = out.read_text() if out.exists() else ""
    assert text.endswith("\n") or not text
    lines = [json.loads(line) for line in text.splitlines()]
    return [line["line"] if line["id"] is None else line["id"] for line in lines]


@settings(max_examples=settings().max_examples // 4)  # each is a run and up to three more
@given(seed=st.integers(0, 2**32), count=st.integers(0, 20), wildness=st.sampled_from([0.0, 0.1, 0.3]))
def test_every_document_has_one_line_whatever_happens_and_wherever_the_process_is_killed(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int, wildness: float
) -> None:
    folder = tmp_path_factory.mktemp("batch")
    source, chance = written(folder, count), random.Random(seed)
    killed: list[Path] = []

    def watch(driver: Driver, store: Store) -> None:
        async def kill() -> None:
            """Keep what would be on the disk if the process were killed now."""
            if chance.random() < 0.1 and len(killed) < 3:
                copy = folder / f"killed-{len(killed)}"
                killed.append(copy)
                await driver._with_files(shutil.copytree, folder / "run", copy)

        for lane in driver.lanes:
            lane.target.moments.append(kill)  # type: ignore[attr-defined]

    (folder / "run").mkdir()
    targets = [Wild("a", chance, wildness), Wild("b", chance, wildness)]
    expected = sorted(
        map(str, [*(f"doc-{n}" for n in range(count)), count + 1, *([count + 2] if count else ["doc-0"])])
    )
    assert asyncio.run(run(source, folder / "run" / "out.jsonl", targets, watch)) == End.ALL_DONE
    assert sorted(map(str, keys(folder / "run" / "out.jsonl"))) == expected
    for copy in killed:
        left = keys(copy / "out.jsonl")
        assert len(left) == len(set(left))
        again = [Wild("a", chance, 0.1), Wild("c", chance, 0.1)]
        again[0].answers = targets[0].answers  # it went on with what it had
        assert asyncio.run(run(source, copy / "out.jsonl", again)) == End.ALL_DONE
        assert sorted(map(str, keys(copy / "out.jsonl"))) == expected


def test_what_is_done_is_not_sent_again(tmp_path: Path) -> None:
    source = written(tmp_path, 20)
    asyncio.run(run(source, tmp_path / "out.jsonl", [Wild("a", random.Random(1), 0.0)]))
    idle = Wild("a", random.Random(1), 0.0)
    asyncio.run(run(source, tmp_path / "out.jsonl", [idle]))
    assert not idle.answers


def test_a_changed_document_is_new_work_and_its_old_line_goes(tmp_path: Path) -> None:
    source = written(tmp_path, 5)
    asyncio.run(run(source, tmp_path / "out.jsonl", [Wild("a", random.Random(1), 0.0)]))
    source.write_text(source.read_text().replace("text 1", "other"))
    asyncio.run(run(source, tmp_path / "out.jsonl", [Wild("a", random.Random(1), 0.0)]))
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["summary"] for line in lines if line["id"] == "doc-1"] == ["OTHER"]
    assert len(lines) == len({str(line["id"] or line["line"]) for line in lines})


def test_what_failed_lies_beside_out_and_can_be_given_back(tmp_path: Path) -> None:
    source = written(tmp_path, 12)
    asyncio.run(run(source, tmp_path / "out.jsonl", [Wild("a", random.Random(1), 0.0)]))
    errors = tmp_path / "out.errors.jsonl"
    assert sorted(json.loads(line)["error"]["code"] for line in errors.read_text().splitlines()) == [
        *("E1007", "E1007", "E1013", "E5001", "E6003"),
    ]
    back = list(documents.read(errors))
    assert {document.id for document in back if document.error is None} == {"doc-0", "doc-3", "doc-5", "doc-10"}


class Refusing(Wild):
    """A target that refuses the options."""

    async def run(self, shard: Shard, options: dict[str, Any], note: Note) -> Items:
        self.answers[f"{len(self.answers)}"] = []
        raise StopError(UserError("E6007", "style: no such style"))
        yield []


def test_options_that_are_refused_stop_the_run_at_once(tmp_path: Path) -> None:
    target = Refusing("a", random.Random(1), 0.0)
    target.places = 1
    with pytest.raises(UserError, match="E6007 style: no such style"):
        asyncio.run(run(written(tmp_path, 20), tmp_path / "out.jsonl", [target]))
    assert len(target.answers) == 1


class Breaking(Wild):
    """A target that dies of one document."""

    async def run(self, shard: Shard, options: dict[str, Any], note: Note) -> Items:
        if any(row.document.id == "doc-9" for row in shard.rows.values()):
            raise BrokenError("the worker died")
        async for item in super().run(shard, options, note):
            yield item


def test_a_document_that_breaks_predictions_fails_alone(tmp_path: Path) -> None:
    source = written(tmp_path, 20)
    assert asyncio.run(run(source, tmp_path / "out.jsonl", [Breaking("a", random.Random(1), 0.0)])) == End.ALL_DONE
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines if (line.get("error") or {}).get("code") == "E5009"] == ["doc-9"]
    assert len(lines) == 22


class Shaky(Breaking):
    """Breaks off the first two predictions of every document that is alone in them, too."""

    def __init__(self) -> None:
        super().__init__("a", random.Random(1), 0.0)
        self.broken: Counter[str | int | None] = Counter()

    async def run(self, shard: Shard, options: dict[str, Any], note: Note) -> Items:
        (document, *others) = [row.document.id for row in shard.rows.values()]
        self.broken[document] += not others
        if not others and self.broken[document] <= 2:
            raise BrokenError("the worker died of another's prediction")
        async for item in super().run(shard, options, note):
            yield item


def test_a_document_that_was_alone_in_two_predictions_that_broke_off_is_tried_again(tmp_path: Path) -> None:
    source = written(tmp_path, 20)
    assert asyncio.run(run(source, tmp_path / "out.jsonl", [Shaky()])) == End.ALL_DONE
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines if (line.get("error") or {}).get("code") == "E5009"] == ["doc-9"]


def test_the_work_of_a_silent_target_moves_to_another(tmp_path: Path) -> None:
    silent, other = Wild("silent", random.Random(1), 1.0), Wild("other", random.Random(1), 0.0)
    asyncio.run(run(written(tmp_path, 20), tmp_path / "out.jsonl", [silent, other]))
    assert len(keys(tmp_path / "out.jsonl")) == 22
