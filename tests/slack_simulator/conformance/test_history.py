"""What conversations.history and conversations.replies show, and in what pages; by slack_sdk alone."""

import pytest

OPS = "C0OPS"
METADATA = {"event_type": "watch", "event_payload": {"d": "42"}}


def post(client, text="hi", **arguments):
    return client.chat_postMessage(channel=OPS, text=text, **arguments)


def test_history_is_newest_first_without_replies(client):
    parent = post(client, "first")
    post(client, "reply", thread_ts=parent["ts"])
    post(client, "second")

    history = client.conversations_history(channel=OPS)["messages"]

    assert [message["text"] for message in history] == ["second", "first"]


def test_pages_of_history_do_not_move_when_something_is_posted(client):
    for n in range(5):
        post(client, f"m{n}")
    first = client.conversations_history(channel=OPS, limit=2)
    post(client, "new")

    second = client.conversations_history(channel=OPS, limit=2, cursor=first["response_metadata"]["next_cursor"])

    assert first["has_more"]
    assert [message["text"] for message in second["messages"]] == ["m2", "m1"]


def test_slack_sdk_walks_all_pages(client):
    for n in range(7):
        post(client, f"m{n}")

    sizes = [len(page["messages"]) for page in client.conversations_history(channel=OPS, limit=3)]

    assert sizes == [3, 3, 1]


@pytest.mark.parametrize(
    ("inclusive", "found"), [(False, ["m2"]), (True, ["m3", "m2", "m1"])], ids=["exclusive", "inclusive"]
)
def test_the_bounds_of_history_are_exclusive_unless_asked(client, inclusive, found):
    stamps = [post(client, f"m{n}")["ts"] for n in range(5)]

    history = client.conversations_history(channel=OPS, oldest=stamps[1], latest=stamps[3], inclusive=inclusive)

    assert [message["text"] for message in history["messages"]] == found


def test_replies_begin_with_the_parent_whatever_the_bounds(client):
    parent = post(client, "parent")
    stamps = [post(client, f"r{n}", thread_ts=parent["ts"])["ts"] for n in range(3)]

    thread = client.conversations_replies(channel=OPS, ts=parent["ts"], oldest=stamps[1])["messages"]

    assert [message["text"] for message in thread] == ["parent", "r2"]


def test_metadata_is_shown_only_when_asked_for(client):
    post(client, metadata=METADATA)

    plain = client.conversations_history(channel=OPS)["messages"][0]
    whole = client.conversations_history(channel=OPS, include_all_metadata=True)["messages"][0]

    assert "metadata" not in plain
    assert whole["metadata"] == METADATA


def test_metadata_of_replies_is_shown_only_when_asked_for(client):
    parent = post(client)
    post(client, "reply", thread_ts=parent["ts"], metadata=METADATA)

    plain = client.conversations_replies(channel=OPS, ts=parent["ts"])["messages"][1]
    whole = client.conversations_replies(channel=OPS, ts=parent["ts"], include_all_metadata=True)["messages"][1]

    assert "metadata" not in plain
    assert whole["metadata"] == METADATA
