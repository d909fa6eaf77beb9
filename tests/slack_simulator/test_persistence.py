"""A simulator that keeps its conversations in a file."""

import asyncio
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from slack_simulator.config import example_config
from slack_simulator.running import serving

TOKEN = "xoxb-example-bot"


def client(engine) -> Any:
    return AsyncWebClient(TOKEN, base_url=f"{engine.own_url}/api/")


def test_a_thread_goes_on_after_a_restart(tmp_path):
    async def first_life() -> str:
        async with serving(example_config(), state=tmp_path / "state.json") as engine:
            parent = await client(engine).chat_postMessage(channel="C0OPS", text="card")
            return parent["ts"]

    async def second_life(parent: str) -> list[str]:
        async with serving(example_config(), state=tmp_path / "state.json") as engine:
            await client(engine).chat_postMessage(channel="C0OPS", thread_ts=parent, text="reply")
            thread = await client(engine).conversations_replies(channel="C0OPS", ts=parent)
            return [message["text"] for message in thread["messages"]]

    parent = asyncio.run(first_life())

    assert asyncio.run(second_life(parent)) == ["card", "reply"]


def test_a_conversation_between_two_is_the_same_after_a_restart(tmp_path):
    async def open_direct() -> str:
        async with serving(example_config(), state=tmp_path / "state.json") as engine:
            opened = await client(engine).conversations_open(users="U0ADA")
            return opened["channel"]["id"]

    assert asyncio.run(open_direct()) == asyncio.run(open_direct())


def test_an_id_is_not_given_twice_after_a_restart(tmp_path):
    async def post() -> str:
        async with serving(example_config(), state=tmp_path / "state.json") as engine:
            posted = await client(engine).chat_postMessage(channel="C0OPS", text="again")
            return posted["ts"]

    assert asyncio.run(post()) < asyncio.run(post())
