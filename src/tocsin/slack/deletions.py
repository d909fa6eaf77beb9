"""Deletions: a message of ours that was deleted in Slack is noted on its delivery; what that means a look decides."""

import structlog

from tocsin.deliveries.models import Delivery
from tocsin.slack.edge import SlackEdge, write_press
from tocsin.slack.look import sort_key
from tocsin.slack.payloads import EventRequest, MetadataDeleted
from tocsin.slack.sending import claimed_delivery, mark
from tocsin.slack.workspaces import Workspace

log = structlog.get_logger()


def is_own(deletion: MetadataDeleted, request: EventRequest, workspace: Workspace) -> bool:
    """Whether the app that is told wrote the message itself; Slack tells also of others who copy our metadata."""
    is_of_app = deletion.app_id is not None and deletion.app_id == request.api_app_id
    return is_of_app and deletion.bot_id in {None, workspace.bot_id}


def note_deletion(edge: SlackEdge, workspace: Workspace, deletion: MetadataDeleted, *, arrived: float) -> bool:
    """Note on the delivery that this message of it is gone; false if it lacks the mark that only we could make.

    Nothing is settled here: taking back what stands twice tells the same, and then one message still stands. Of several
    only the newest is noted, so events may come twice and in any order.

    Raises:
        WriterBusyError: the writer was not free within 1.5 s of `arrived`; Slack sends the event again.
    """
    delivery_id = claimed_delivery(deletion.previous_metadata)
    if delivery_id is None:
        return False
    with write_press(edge.deps.database, arrived) as session:
        delivery = session.get(Delivery, delivery_id, with_for_update=True)
        if delivery is None or (delivery.integration_id, delivery.channel) != (
            workspace.integration_id,
            deletion.channel_id,
        ):
            return False
        made_by_us = mark(edge.deps.secrets, delivery_id, deletion.channel_id, delivery.thread_ts)
        if deletion.previous_metadata != made_by_us:
            log.warning("slack.deletion.forged", delivery_id=delivery_id, channel=deletion.channel_id)
            return False
        if delivery.deleted_ts is None or sort_key(delivery.deleted_ts) < sort_key(deletion.message_ts):
            delivery.deleted_ts = deletion.message_ts
    log.info("slack.message.deleted", delivery_id=delivery_id, channel=deletion.channel_id, ts=deletion.message_ts)
    return True
