"""A bell that is rung is heard, also by those who are about to listen."""

import asyncio

from gateway_fakes import PATIENCE_S

from connectors.signals import Signals

LONG_S = 3600.0


async def test_work_that_was_announced_before_waiting_is_not_missed() -> None:
    signals = Signals()
    signals.work()
    async with asyncio.timeout(PATIENCE_S):
        await signals.wait_for_work(LONG_S)


async def test_one_announcement_wakes_once() -> None:
    signals = Signals()
    signals.work()
    await signals.wait_for_work(LONG_S)
    waiting = asyncio.create_task(signals.wait_for_work(LONG_S))
    await asyncio.sleep(0)
    assert not waiting.done()
    signals.work()
    async with asyncio.timeout(PATIENCE_S):
        await waiting


async def test_who_is_cancelled_while_the_bell_rings_is_cancelled() -> None:
    """Else a gateway that is told to stop just then never does."""
    signals = Signals()
    waiting = asyncio.create_task(signals.wait_for_work(LONG_S))
    await asyncio.sleep(0)
    signals.work()
    waiting.cancel()
    await asyncio.wait([waiting], timeout=PATIENCE_S)
    assert waiting.cancelled()


async def test_waiting_ends_when_time_is_up() -> None:
    signals = Signals()
    async with asyncio.timeout(PATIENCE_S):
        await signals.wait_for_work(0.0)
        with signals.listen("a") as listener:
            await listener.wait(0.0)


async def test_what_is_said_between_reading_and_waiting_wakes() -> None:
    signals = Signals()
    with signals.listen("a") as listener:
        signals.said("a")
        async with asyncio.timeout(PATIENCE_S):
            await listener.wait(LONG_S)


async def test_all_readers_of_a_conversation_wake_and_no_others() -> None:
    signals = Signals()
    with signals.listen("a") as one, signals.listen("a") as two, signals.listen("b") as other:
        waits = [asyncio.create_task(listener.wait(LONG_S)) for listener in (one, two, other)]
        await asyncio.sleep(0)
        signals.said("a")
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*waits[:2])
        assert not waits[2].done()
        signals.said("b")
        async with asyncio.timeout(PATIENCE_S):
            await waits[2]


async def test_nothing_is_kept_of_readers_who_left() -> None:
    signals = Signals()
    with signals.listen("a"), signals.listen("a"):
        pass
    signals.said("a")
    signals.said("b")
    assert not signals._said


async def test_a_reader_who_leaves_does_not_take_the_others_along() -> None:
    signals = Signals()
    with signals.listen("a") as stays:
        with signals.listen("a"):
            pass
        signals.said("a")
        async with asyncio.timeout(PATIENCE_S):
            await stays.wait(LONG_S)
