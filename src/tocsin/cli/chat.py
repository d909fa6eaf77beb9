"""Asking the chat platform a question from a command line."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tocsin.chat.platform import ChatPlatform
from tocsin.kernel.db import Database
from tocsin.settings import Settings

Answer = TypeVar("Answer")


def ask_chat(settings: Settings, database: Database, question: Callable[[ChatPlatform], Awaitable[Answer]]) -> Answer:
    """Put `question` to the platform and wait for its answer; never inside a transaction.

    Raises:
        ChatUnreachableError, ChatRefusedError: and what the question itself names.
    """
    from tocsin import bootstrap  # half a second of imports that verbs without Slack do without

    async def ask() -> Answer:
        async with bootstrap.chat_platform(settings, database) as platform:
            return await question(platform)

    return asyncio.run(ask())
