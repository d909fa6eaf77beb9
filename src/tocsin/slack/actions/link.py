"""Buttons that only lead somewhere: Slack tells us of their use all the same, and wants to hear that it was heard."""

from tocsin.slack.edge import SlackEdge
from tocsin.slack.press import Press


async def acknowledge(_edge: SlackEdge, _press: Press) -> None:
    """Nothing is done and nobody is told anything: the browser opens the page, which asks who may see it."""
