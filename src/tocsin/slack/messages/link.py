"""What a Slack person is told when they were linked to an account, or are linked to it no more."""

from tocsin.chat.platform import LinkWords
from tocsin.slack.messages import mrkdwn

LINKED = (
    "From now on, what you press on Tocsin's cards here is done as {account}. "
    "If that was not you, <{url}|undo it>, and tell an owner of your organization."
)
UNLINKED = (
    "This Slack account is no longer linked to {account} in Tocsin. "
    "If that was not you, tell an owner of your organization."
)


def tell_linked(account: str, undo_url: str) -> str:
    """That they act as `account`, an e-mail, and the address at which they undo it."""
    return LINKED.format(account=mrkdwn.escape(account), url=undo_url)


def tell_unlinked(account: str) -> str:
    """That they act as `account`, an e-mail, no more."""
    return UNLINKED.format(account=mrkdwn.escape(account))


LINK_WORDS = LinkWords(linked=tell_linked, unlinked=tell_unlinked)
