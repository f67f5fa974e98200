"""Work that waits for its turn: in order, one a turn, only the newest of a kind, each in its own session."""

import asyncio
import contextvars

import pytest

from embexplore.ui.view.turns import PAUSE, in_turn, now


def test_without_a_loop_it_is_done_at_once():
    done = []
    in_turn("a", lambda: done.append("a"))
    assert done == ["a"]


def run(steps):
    """Run `steps()` on a loop, and wait until everything that waits has had its turn."""
    done = []

    async def main():
        steps(done)
        assert done == [], "nothing is done before what was sent has left"
        await asyncio.sleep(20 * PAUSE)

    asyncio.run(main())
    return done


def test_turns_come_in_order_and_only_the_newest_of_a_kind():
    def steps(done):
        for key, word in (("a", "old"), ("b", "b"), ("a", "new"), ("c", "c")):
            in_turn(key, lambda word=word: done.append(word))

    assert run(steps) == ["new", "b", "c"]


def test_between_two_turns_others_have_theirs():
    order = []

    async def main():
        for key in "abc":
            in_turn(key, lambda key=key: order.append(key))
        for _ in range(40):
            await asyncio.sleep(PAUSE / 4)
            order.append(".")

    asyncio.run(main())
    assert [word for word in order if word != "."] == ["a", "b", "c"]
    assert "ab" not in "".join(order)
    assert "bc" not in "".join(order)


def test_what_is_needed_now_is_not_done_twice():
    done = []

    async def main():
        in_turn("a", lambda: done.append("a"))
        now("a")
        now("a")
        assert done == ["a"]
        await asyncio.sleep(5 * PAUSE)

    asyncio.run(main())
    assert done == ["a"]


def test_a_turn_that_fails_does_not_stop_the_others():
    said = []

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(str(context["exception"])))
        in_turn("a", lambda: 1 / 0)
        in_turn("b", lambda: said.append("b"))
        await asyncio.sleep(5 * PAUSE)

    asyncio.run(main())
    assert said == ["division by zero", "b"]


def test_each_is_done_in_the_session_that_asked():
    session = contextvars.ContextVar("session")
    done = []

    async def ask(name):
        session.set(name)
        in_turn(name, lambda: done.append(session.get()))

    async def main():
        await asyncio.gather(ask("one"), ask("two"))
        await asyncio.sleep(6 * PAUSE)
        with pytest.raises(LookupError):
            session.get()

    asyncio.run(main())
    assert done == ["one", "two"]
