"""What a planned reply becomes when it is sent: its sentence, and a link to the new card once that stands."""

from typing import Any

from sqlalchemy.orm import Session

from tocsin.kernel.ids import DeliveryId
from tocsin.notifications.permalinks import find_permalink
from tocsin.slack.messages import mrkdwn, rich_text
from tocsin.slack.messages.fold import fold_replies

BROADCAST_FLAG = "broadcast"
"""In a body: the reply is shown in the channel too."""

NEW_CARD = "new_card"
"""In a body: the delivery of the card that goes on where this thread ends."""

LINK_WORDS = "new card"
WORDS_COST = 100


def finish_reply(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    """Exactly what is sent for a reply: `{"text", "blocks"}`, and `"broadcast"` where it is shown in the channel.

    The new card is older in its channel's queue than the reply, so it mostly stands by now; the reply does not wait
    where its fate is still unknown. The old card gets the link in any case, once the new one stands.
    """
    if "several" in body:
        parts = [finish_reply(session, each) for each in body["several"]]
        folded = fold_replies(parts)
        return folded | {BROADCAST_FLAG: True} if any(part.get(BROADCAST_FLAG) for part in parts) else folded
    sent = {key: words for key, words in body.items() if key != NEW_CARD}
    address = find_permalink(session, DeliveryId(body[NEW_CARD])) if NEW_CARD in body else None
    return sent if address is None else sent | _with_link(sent["text"], sent["blocks"], address)


def _with_link(text: str, blocks: list[dict[str, Any]], address: str) -> dict[str, Any]:
    (block,) = blocks
    (line,) = block["elements"]
    added = [*rich_text.literal(" · "), rich_text.link(address, LINK_WORDS, WORDS_COST)]
    linked = block | {"elements": [line | {"elements": [*line["elements"], *added]}]}
    return {"text": f"{text} · {mrkdwn.link(address, LINK_WORDS, WORDS_COST)}", "blocks": [linked]}
