"""What Slack's answers mean: one error class per meaning, and the one table from Slack's codes to them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar

from tocsin.kernel.errors import TocsinError

LEAST_WAIT = 1.0
LONGEST_WAIT = 3600.0
FLOOD_WAIT = 60.0
"""`message_limit_exceeded` is the whole workspace's limit, and comes without Retry-After (grafana/oncall#5204)."""

TOO_MANY_REQUESTS = 429


class SlackCallError(TocsinError):
    """A call to Slack did not do what it should. `slack_code` is Slack's own word, or ours when it gave none."""

    code = "slack.call"
    slack_errors: ClassVar[frozenset[str]] = frozenset()
    """Slack's codes with this meaning (docs.slack.dev/reference/methods, one page per method)."""

    def __init__(self, method: str, slack_code: str, *, detail: str = "") -> None:
        super().__init__(f"{method}: {slack_code}{f' ({detail})' if detail else ''}")
        self.method = method
        self.slack_code = slack_code
        self.detail = detail


class RateLimitedError(SlackCallError):
    """Slack wants us to slow down. Certainly nothing was done; `retry_after` says how many seconds to wait."""

    code = "slack.rate_limited"
    permanent = False
    slack_errors = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})

    def __init__(self, method: str, slack_code: str, *, retry_after: float) -> None:
        super().__init__(method, slack_code, detail=f"wait {retry_after:g} s")
        self.retry_after = retry_after


class UnreachedError(SlackCallError):
    """No connection came about, so nothing of the request was ever written."""

    code = "slack.unreached"
    permanent = False


class UncertainError(SlackCallError):
    """Nobody knows whether it was done: look before saying it again.

    No answer, one that cannot be read, or a code of which Slack says that "some aspect of the operation" may have
    succeeded. Every code that the table does not know is one of these.
    """

    code = "slack.uncertain"
    permanent = False
    slack_errors = frozenset(
        {"fatal_error", "internal_error", "request_timeout", "service_unavailable", "update_failed"}
    )


class RefusedError(SlackCallError):
    """Slack understood and said no. Certainly nothing was done; the subclass says what stands in the way."""

    code = "slack.refused"


class NotNowError(RefusedError):
    """Something passing stands in the way; the same call may be tried later."""

    code = "slack.not_now"
    permanent = False
    slack_errors = frozenset(
        {
            "accesslimited",
            "external_channel_migrating",
            "hash_conflict",
            "org_login_required",
            "team_added_to_org",
        }
    )


class PlaceGoneError(RefusedError):
    """This channel or person takes nothing from us; somebody has to change that in Slack."""

    code = "slack.place_gone"
    slack_errors = frozenset(
        {
            "channel_is_limited_access",
            "channel_not_found",
            "ekm_access_denied",
            "invalid_user_combination",
            "is_archived",
            "is_inactive",
            "messages_tab_disabled",
            "method_not_supported_for_channel_type",
            "no_permission",
            "not_in_channel",
            "posting_to_channel_denied",
            "restricted_action",
            "restricted_action_read_only_channel",
            "too_many_members",
            "user_disabled",
            "user_not_found",
            "user_not_in_channel",
            "user_not_visible",
            "users_not_found",
        }
    )


class ThreadClosedError(RefusedError):
    """The channel takes messages, but not this one: its thread is closed, or only threads (or none) are open."""

    code = "slack.thread_closed"
    slack_errors = frozenset(
        {
            "cannot_reply_to_message",
            "restricted_action_non_threadable_channel",
            "restricted_action_thread_locked",
            "restricted_action_thread_only_channel",
        }
    )


class MessageGoneError(RefusedError):
    """The message or thread is no longer there, or no longer ours to change."""

    code = "slack.message_gone"
    slack_errors = frozenset(
        {
            "cannot_find_message",
            "cant_delete_message",
            "cant_update_message",
            "edit_window_closed",
            "message_not_found",
            "streaming_state_conflict",
            "thread_not_found",
        }
    )


class InstallDeadError(RefusedError):
    """The workspace no longer knows our token: stop calling, have it connected again."""

    code = "slack.install_dead"
    slack_errors = frozenset(
        {
            "access_denied",
            "account_inactive",
            "app_access_restricted",
            "enterprise_is_restricted",
            "invalid_auth",
            "is_bot",
            "not_allowed_token_type",
            "not_authed",
            "team_access_not_granted",
            "team_not_found",
            "token_expired",
            "token_revoked",
            "two_factor_setup_required",
        }
    )


class SetupError(RefusedError):
    """The Slack app lacks a scope or a switch; `detail` names it where Slack did."""

    code = "slack.setup"
    slack_errors = frozenset(
        {"deprecated_endpoint", "method_deprecated", "missing_scope", "not_enabled", "unknown_method"}
    )


class TriggerGoneError(RefusedError):
    """The three seconds in which a gesture may open a view are over (or it opened one already)."""

    code = "slack.trigger_gone"
    slack_errors = frozenset({"exchanged_trigger_id", "expired_trigger_id", "invalid_trigger_id"})


class PayloadError(RefusedError):
    """What we sent is not what Slack takes: our mistake, and the same again is refused again."""

    code = "slack.payload"
    slack_errors = frozenset(
        {
            "as_user_not_supported",
            "attachment_payload_limit_exceeded",
            "block_mismatch",
            "blocked_file_type",
            "cant_broadcast_message",
            "draft_already_deleted",
            "draft_already_sent",
            "draft_has_conflict",
            "draft_not_found",
            "duplicate_channel_not_found",
            "duplicate_external_id",
            "duplicate_message_not_found",
            "file_deleted",
            "file_is_deleted",
            "file_not_found",
            "file_share_limit_reached",
            "invalid_arg_name",
            "invalid_arguments",
            "invalid_array_arg",
            "invalid_attachments",
            "invalid_blocks",
            "invalid_blocks_format",
            "invalid_charset",
            "invalid_cursor",
            "invalid_form_data",
            "invalid_limit",
            "invalid_metadata_filter_keys",
            "invalid_metadata_format",
            "invalid_metadata_schema",
            "invalid_post_type",
            "invalid_ts_latest",
            "invalid_ts_oldest",
            "invalid_types",
            "list_record_comment_fetch_failed",
            "markdown_text_conflict",
            "max_file_sharing_exceeded",
            "metadata_must_be_sent_from_app",
            "metadata_too_large",
            "missing_argument",
            "missing_file_data",
            "missing_post_type",
            "msg_blocks_too_long",
            "msg_too_large",
            "msg_too_long",
            "no_dual_broadcast_content_update",
            "no_text",
            "not_enough_users",
            "send_on_behalf_not_allowed",
            "slack_connect_blocked_file_type",
            "slack_connect_canvas_sharing_blocked",
            "slack_connect_clip_sharing_blocked",
            "slack_connect_file_link_sharing_blocked",
            "slack_connect_file_upload_sharing_blocked",
            "slack_connect_lists_sharing_blocked",
            "too_many_attachments",
            "too_many_contact_cards",
            "too_many_users",
            "unable_to_share_files",
            "users_list_not_supplied",
            "view_too_large",
        }
    )


MEANINGS: tuple[type[SlackCallError], ...] = (
    UncertainError,
    NotNowError,
    PlaceGoneError,
    ThreadClosedError,
    MessageGoneError,
    InstallDeadError,
    SetupError,
    TriggerGoneError,
    PayloadError,
)

MEANING_OF: dict[str, type[SlackCallError]] = {code: meaning for meaning in MEANINGS for code in meaning.slack_errors}
"""Slack's code → what it means; `RateLimitedError` is made by `read_refusal`, since it needs the answer's headers."""


def read_refusal(method: str, status: int, headers: Mapping[str, str], answer: object) -> SlackCallError:
    """The error that an answer other than `"ok": true` stands for.

    `answer` is the decoded body, or whatever came instead of one (HTML of a proxy, nothing at all).
    """
    body: dict[str, Any] = answer if isinstance(answer, dict) else {}
    slack_code = body.get("error")
    if status == TOO_MANY_REQUESTS or slack_code in RateLimitedError.slack_errors:
        slack_code = str(slack_code or "ratelimited")
        floor = FLOOD_WAIT if slack_code == "message_limit_exceeded" else LEAST_WAIT
        return RateLimitedError(method, slack_code, retry_after=max(floor, read_retry_after(headers)))
    if not isinstance(slack_code, str):
        return UncertainError(method, f"http_{status}", detail="no answer of Slack's")
    meaning = MEANING_OF.get(slack_code, UncertainError)
    return meaning(method, slack_code[:80], detail=_detail(body))


def read_retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float:
    """Seconds to wait, from 1 to 3600.

    Slack documents whole seconds; on a real 429 the header was seen missing (slackapi/node-slack-sdk#1421), and HTTP
    also allows a date (RFC 9110 10.2.3).
    """
    value = headers.get("Retry-After", "")
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_until(value, now or datetime.now(UTC))
    # max() first: it turns a NaN, which compares with nothing, into the floor.
    return min(LONGEST_WAIT, max(LEAST_WAIT, seconds))


def _seconds_until(value: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return LEAST_WAIT
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()


def _detail(body: dict[str, Any]) -> str:
    """What else Slack said that helps: the scope that is needed, or which block is wrong and how."""
    needed = body.get("needed")
    if isinstance(needed, str):
        return f"needs {needed}"[:200]
    errors = body.get("errors")
    if isinstance(errors, list):
        return "; ".join(str(each) for each in errors[:3])[:200]
    return ""
