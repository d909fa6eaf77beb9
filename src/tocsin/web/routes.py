"""Every page with its address; the only list of them."""

from starlette.routing import Route

from tocsin.http.deps import Deps
from tocsin.http.pages import GET, POST, private_page, public_page
from tocsin.web import (
    account,
    audit,
    comments,
    deliveries,
    invitation,
    issue,
    issue_actions,
    issue_list,
    join,
    members,
    limits,
    issue_tags,
    password_reset,
    project_settings,
    projects,
    releases,
    rules,
    sign_in,
    teams,
    threads,
    unlinking,
    workspace,
)

PUBLIC_PAGES = (
    ("sign_in", GET, "/sign-in/", sign_in.show_sign_in),
    ("sign_in.accept", POST, "/sign-in/", sign_in.accept_sign_in),
    ("password.forgotten", GET, "/forgot-password/", password_reset.show_forgotten),
    ("password.ask", POST, "/forgot-password/", password_reset.accept_forgotten),
    ("password.reset", GET, "/reset-password/{token}/", password_reset.show_reset),
    ("password.choose", POST, "/reset-password/{token}/", password_reset.accept_reset),
    ("invitation", GET, "/invitation/{token}/", invitation.show_invitation),
    ("invitation.accept", POST, "/invitation/{token}/", invitation.accept_invitation),
    ("join", GET, "/{organization}/join/", join.show_join),
    ("join.ask", POST, "/{organization}/join/", join.accept_join),
)
PRIVATE_PAGES = (
    ("home", GET, "/", sign_in.go_home),
    ("sign_out", POST, "/sign-out/", sign_in.accept_sign_out),
    ("account", GET, "/account/", account.show_account),
    ("account.unlink", POST, "/account/unlink/", account.accept_unlink),
    ("account.password", POST, "/account/password/", account.accept_password),
    ("account.end_session", POST, "/account/sessions/end/", account.accept_end_session),
    ("account.sign_out_everywhere", POST, "/account/sign-out-everywhere/", account.accept_sign_out_everywhere),
    ("issues", GET, "/{organization}/issues/", issue_list.show_issues),
    ("issue", GET, "/{organization}/issues/{issue}/", issue.show_issue),
    ("issue.act", POST, "/{organization}/issues/{issue}/act/", issue_actions.act_on_issue),
    ("issue.comment", POST, "/{organization}/issues/{issue}/comments/{comment}/", comments.accept_change),
    ("issue.cards", GET, "/{organization}/issues/{issue}/cards/", issue.show_cards),
    ("issue.event", GET, "/{organization}/issues/{issue}/events/{event}/", issue.show_event),
    ("issue.event.json", GET, "/{organization}/issues/{issue}/events/{event}/json/", issue.download_event),
    ("projects", GET, "/{organization}/projects/", projects.show_projects),
    ("projects.create", POST, "/{organization}/projects/", projects.accept_project),
    ("project", GET, "/{organization}/projects/{project}/", projects.show_project),
    ("project.test_event", POST, "/{organization}/projects/{project}/test-event/", projects.send_test_event),
    (
        "project.settings",
        POST,
        "/{organization}/projects/{project}/settings/",
        project_settings.accept_settings,
    ),
    ("releases", GET, "/{organization}/releases/", releases.show_releases),
    ("rules", GET, "/{organization}/projects/{project}/rules/", rules.show_rules),
    ("rules.add", POST, "/{organization}/projects/{project}/rules/", rules.accept_rule),
    ("rules.edit", POST, "/{organization}/projects/{project}/rules/{rule}/", rules.accept_edit),
    ("rules.test", POST, "/{organization}/projects/{project}/rules/{rule}/test/", rules.accept_test),
    ("rules.remove", POST, "/{organization}/projects/{project}/rules/{rule}/remove/", rules.accept_removal),
    ("deliveries", GET, "/{organization}/deliveries/", deliveries.show_deliveries),
    (
        "deliveries.send_again",
        POST,
        "/{organization}/deliveries/{delivery}/send-again/",
        deliveries.accept_send_again,
    ("project.limits", POST, "/{organization}/projects/{project}/limits/", limits.accept_limits),
    ),
    ("threads", GET, "/{organization}/threads/", threads.show_threads),
    ("threads.choose", POST, "/{organization}/threads/", threads.accept_threads),
    ("audit", GET, "/{organization}/audit/", audit.show_audit),
    ("audit.export", GET, "/{organization}/audit/export/", audit.download_audit),
    ("members", GET, "/{organization}/members/", members.show_members),
    ("members.invite", POST, "/{organization}/members/invite/", members.accept_invite),
    ("members.join_requests", POST, "/{organization}/members/join-requests/", members.accept_join_requests),
    ("members.decide", POST, "/{organization}/members/invitations/{invitation}/", members.accept_decision),
    ("members.change", POST, "/{organization}/members/{member}/", members.accept_change),
    ("threads.comments", POST, "/{organization}/threads/comments/", threads.accept_comment_channels),
    ("teams", GET, "/{organization}/teams/", teams.show_teams),
    ("teams.link", POST, "/{organization}/teams/{team}/link/", teams.accept_team_link),
    ("teams.unlink", POST, "/{organization}/teams/{team}/unlink/", teams.accept_team_unlink),
    ("workspace", GET, "/{organization}/workspace/", workspace.show_workspace),
    ("workspace.unlink", POST, "/{organization}/workspace/unlink/", unlinking.accept_unlink_other),
    ("workspace.connect", POST, "/{organization}/workspace/", workspace.accept_workspace),
    ("workspace.try_again", POST, "/{organization}/workspace/{workspace}/try-again/", workspace.accept_try_again),
    (
        "workspace.try_channel_again",
        POST,
        "/{organization}/workspace/{workspace}/channels/{channel}/try-again/",
        workspace.accept_try_channel_again,
    ),
)


def web_routes(deps: Deps) -> list[Route]:
    """The routes of all pages; they come after those of other edges, whose first words no organization may have."""
    return [
        *(public_page(deps, path, handler, name=name, method=method) for name, method, path, handler in PUBLIC_PAGES),
        *(private_page(deps, path, handler, name=name, method=method) for name, method, path, handler in PRIVATE_PAGES),
    ]
