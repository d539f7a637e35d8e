import asyncio
import threading

import pytest
import traced_models

from pipeline.serving import together
from pipeline.serving.rows import RowAnswerer, given_row
from pipeline.serving.together import Busy, Together


class Counted(RowAnswerer):
    """Waits until it may work, and keeps how many rows each pass had."""

    def __init__(self):
        super().__init__(traced_models.predictor())
        object.__setattr__(self, "passes", [])
        object.__setattr__(self, "is_working", threading.Event())
        object.__setattr__(self, "may_work", threading.Event())

    def answer(self, rows):
        self.passes.append(len(rows))
        self.is_working.set()
        self.may_work.wait()
        return super().answer(rows)


def row(text):
    return [given_row({"text": text})]


async def while_busy(answerer, then):
    """`then` is begun while the model is at work for a first request; gives all answers."""
    one = Together(answerer)
    task = asyncio.create_task(one.serve())
    first = asyncio.create_task(one.answer(row("the cat")))
    await asyncio.to_thread(answerer.is_working.wait)
    rest = [asyncio.create_task(work) for work in then(one)]
    await asyncio.sleep(0)  # each of them puts its question
    answerer.may_work.set()
    found = await asyncio.gather(first, *rest, return_exceptions=True)
    task.cancel()
    return found


def test_what_comes_while_the_model_is_busy_goes_through_in_one_pass_and_each_gets_its_own():
    answerer = Counted()
    texts = [" ".join(["sat"] * (1 + i % 7)) for i in range(20)]
    found = asyncio.run(while_busy(answerer, lambda one: [one.answer(row(t)) for t in texts]))
    assert answerer.passes == [1, 20]
    expected = [RowAnswerer(answerer.predictor).answer(row(text)) for text in texts]
    for own, alone in zip(found[1:], expected, strict=True):
        assert own[0]["text"] == alone[0]["text"]
        assert own[0]["prediction"] == alone[0]["prediction"]
        assert own[0]["probability"] == pytest.approx(alone[0]["probability"], abs=2e-6)


def test_more_than_may_wait_is_turned_away_at_once_and_the_others_are_answered(monkeypatch):
    monkeypatch.setattr(together, "WAITING", 2)
    monkeypatch.setattr(together, "AT_ONCE", 1)
    answerer = Counted()
    found = asyncio.run(while_busy(answerer, lambda one: [
        one.answer(row(text)) for text in ("on", "the", "mat")
    ]))  # fmt: skip
    assert [type(one) for one in found] == [list, list, list, Busy]
    assert answerer.passes == [1, 1, 1]


def test_who_gave_up_costs_no_pass():
    answerer = Counted()

    def then(one):
        gone = asyncio.ensure_future(one.answer(row("gone")))

        async def give_up():
            gone.cancel()
            return await one.answer(row("the"))

        return [give_up()]

    found = asyncio.run(while_busy(answerer, then))
    assert found[1][0]["text"] == "the"
    assert answerer.passes == [1, 1]


def test_a_fault_reaches_those_who_asked_and_the_next_are_answered():
    answerer = Counted()
    answerer.may_work.set()

    async def ask():
        one = Together(answerer)
        task = asyncio.create_task(one.serve())
        taken = [given_row({"text": "the", "prediction": "mine"})]
        with pytest.raises(ValueError, match="`prediction` already"):
            await one.answer(taken)
        found = await one.answer(row("the"))
        task.cancel()
        return found

    assert asyncio.run(ask())[0]["text"] == "the"
