"""Block Kit as Slack enforces it: the whole table of limits, and refusals in Slack's words."""

from slack_simulator.block_kit.attachments import validate_attachments, validate_unfurl
from slack_simulator.block_kit.blocks import Surface
from slack_simulator.block_kit.payload import check_blocks
from slack_simulator.block_kit.problems import Problem, refusal, validation_report
from slack_simulator.block_kit.views import validate_view

__all__ = [
    "Problem",
    "refusal",
    "validate_attachments",
    "validate_blocks",
    "validate_unfurl",
    "validate_view",
    "validation_report",
]


def validate_blocks(blocks: object, *, surface: Surface) -> list[Problem]:
    """What Slack would refuse in `blocks` on `surface`; pointers begin with /blocks. Empty when accepted.

    Takes any JSON value and never raises.
    """
    return check_blocks(blocks, surface, "/blocks")
