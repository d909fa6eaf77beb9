"""Every form that there is: its `callback_id`, which is also the `action_id` of what opens it, to its row."""

from tocsin.slack.messages import buttons
from tocsin.slack.views.archive import ARCHIVE_VIEW
from tocsin.slack.views.comment import COMMENT_VIEW
from tocsin.slack.views.mute import MUTE_VIEW
from tocsin.slack.views.priority import PRIORITY_VIEW
from tocsin.slack.views.resolve import RESOLVE_VIEW
from tocsin.slack.views.row import ViewRow

VIEWS: dict[str, ViewRow] = {
    buttons.RESOLVE_IN.action_id: RESOLVE_VIEW,
    buttons.ARCHIVE_UNTIL.action_id: ARCHIVE_VIEW,
    buttons.COMMENT.action_id: COMMENT_VIEW,
    buttons.SET_PRIORITY.action_id: PRIORITY_VIEW,
    buttons.MUTE_RULE.action_id: MUTE_VIEW,
}
