"""Answers that only the person who pressed sees: through the gesture's own address, else by `chat.postEphemeral`."""

from urllib.parse import urlsplit

import aiohttp
import structlog

from tocsin.settings import SLACK_API_URL
from tocsin.slack.answer import Answer
from tocsin.slack.client import SlackClient
from tocsin.slack.edge import SlackEdge
from tocsin.slack.errors import SlackCallError
from tocsin.slack.press import Press, get_logging_data

log = structlog.get_logger()

RESPONSE_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
ANSWER_SECONDS = 3.0
OK = 200


async def respond(edge: SlackEdge, press: Press, said: Answer | str) -> None:
    """Say it to whoever pressed, and to nobody else.

    It is said once and kept nowhere: what counts stands in the database, and the card tells it.
    """
    answer = Answer(said) if isinstance(said, str) else said
    url = press.response_url
    can_answer = url is not None and is_slack_address(url, edge.deps.settings.slack_api_url)
    if can_answer and await send_slack_response(edge.client, url, answer):
        return
    await send_message(edge.client, press, answer)


async def send_slack_response(client: SlackClient, response_url: str, answer: Answer) -> bool:
    """Answer through the address that came with the gesture; false when it is used up (5 times, 30 minutes).

    https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
    """
    body: dict[str, object] = {
        "response_type": "ephemeral",
        "replace_original": answer.replaces,
        "text": answer.text,
    }
    if answer.blocks:
        body["blocks"] = answer.blocks
    try:
        async with client.session.post(
            response_url, json=body, allow_redirects=False, timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        ) as response:
            return response.status == OK
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        log.info("slack.answer.no_response_url", reason=type(error).__name__)
        return False


async def send_message(client: SlackClient, press: Press, answer: Answer) -> None:
    """Answer in the channel, visible to the person alone."""
    if not press.channel:
        return
    try:
        await client.post_ephemeral(
            press.integration_id,
            channel=press.channel,
            user=press.slack_user_id,
            text=answer.text,
            blocks=list(answer.blocks) or None,
            thread_ts=press.thread_ts,
        )
    except SlackCallError as error:
        log.warning("slack.answer.lost", slack_code=error.slack_code, **get_logging_data(press))


def is_slack_address(url: str, api_url: str) -> bool:
    """Whether `url` is a place of Slack's own; a payload names it, and we would call whatever it names.

    Where another Web API is configured (the simulator), its own origin is Slack's.
    """
    try:
        asked, own = urlsplit(url), urlsplit(api_url)
        standard_port = asked.port in {None, 443}
    except ValueError:
        return False
    if api_url != SLACK_API_URL:
        return (asked.scheme, asked.netloc) == (own.scheme, own.netloc)
    return asked.scheme == "https" and asked.netloc in RESPONSE_HOSTS and standard_port
