"""chat.unfurl: previews for links that the app was told about (https://docs.slack.dev/reference/methods/chat.unfurl)."""

from __future__ import annotations

from typing import Any

from slack_simulator.block_kit import validate_unfurl
from slack_simulator.errors import SlackError
from slack_simulator.methods.calls import Call, known_channel
from slack_simulator.methods.content import refuse_problems
from slack_simulator.render import with_ids_within


def unfurl(call: Call) -> dict[str, Any]:
    """Show previews under a message, or in the composer for `unfurl_id` and `source`.

    Only links of a link_shared that reached the app can be unfurled; saying it again replaces the preview.
    """
    if "unfurl_id" in call.arguments or "source" in call.arguments:
        return _unfurl_in_composer(call)
    for name in ("channel", "ts"):
        if call.arguments.text(name) is None:
            raise SlackError(f"missing_{name}")
    try:
        channel = known_channel(call)
    except SlackError:
        raise SlackError("cannot_find_channel") from None
    message = channel.find_live(call.arguments.required("ts"))
    if message is None:
        raise SlackError("cannot_find_message")
    unfurls = _read_unfurls(call, (call.app.id, channel.id, message.ts))
    for url, preview in unfurls.items():
        message.unfurls[url] = {
            "from_url": url,
            "is_app_unfurl": True,
            "app_id": call.app.id,
            "bot_id": call.installation.bot_id,
        } | preview
    call.engine.changes.notify()
    return {}


def _unfurl_in_composer(call: Call) -> dict[str, Any]:
    unfurl_id, source = call.arguments.text("unfurl_id"), call.arguments.text("source")
    if unfurl_id is None:
        raise SlackError("missing_unfurl_id")
    if source is None:
        raise SlackError("missing_source")
    if source not in {"composer", "conversations_history"}:
        raise SlackError("invalid_source")
    key = (call.app.id, source, unfurl_id)
    if key not in call.engine.unfurlable:
        raise SlackError("invalid_unfurl_id")
    unfurls = _read_unfurls(call, key)
    call.engine.composer_unfurls.setdefault(unfurl_id, {}).update(unfurls)
    call.engine.changes.notify()
    return {}


def _read_unfurls(call: Call, key: tuple[str, str, str]) -> dict[str, dict[str, Any]]:
    unfurls = call.arguments.structure("unfurls", otherwise="invalid_unfurls_format")
    if not unfurls:
        if (
            call.arguments.flag("user_auth_required")
            or "user_auth_message" in call.arguments
            or "metadata" in call.arguments
        ):
            return {}
        raise SlackError("missing_unfurls")
    refuse_problems(validate_unfurl(unfurls), otherwise="invalid_unfurls_format")
    if not set(unfurls) <= call.engine.unfurlable.get(key, set()):
        raise SlackError("cannot_unfurl_url")
    return {url: with_ids_within(attachment, call.state) for url, attachment in unfurls.items()}
