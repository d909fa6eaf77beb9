"""What Slack says about a payload it refuses: one `Problem` per fault, in Slack's own words and shapes.

The sentences and codes are those of Slack's schema validator, which Slack publishes
(https://github.com/slackhq/hack-json-schema), and of refusals quoted in public issue threads; each is cited where made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Code = Literal["failed_constraint", "missing_field", "invalid_type"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a payload.

    `pointer` is a JSON pointer into the request ("/blocks/0/text/text"), empty where Slack names no place. `constraint`
    is what blocks.validate says beside the message ({"type": "max_length", "expected": 3000, "got": 3001}). `error` is
    the method's error where it is not the argument's usual one (`msg_blocks_too_long` instead of `invalid_blocks`).
    """

    message: str
    pointer: str
    code: Code = "failed_constraint"
    constraint: Mapping[str, object] | None = None
    field: str | None = None
    error: str | None = None

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]" if self.pointer else self.message


def refusal(problems: Sequence[Problem], *, error: str = "invalid_blocks") -> dict[str, object]:
    """The body a Web API method answers: `ok`, `error`, `errors` and `response_metadata.messages`.

    `error` is the usual error of the refused argument: `invalid_blocks` and `invalid_attachments` for messages,
    `invalid_arguments` for views. Views have no `errors` list (https://github.com/slackapi/java-slack-sdk/pull/302).
    """
    said = [str(problem) for problem in problems]
    named = next((problem.error for problem in problems if problem.error), error)
    body: dict[str, object] = {"ok": False, "error": named}
    if error != "invalid_arguments":
        body["errors"] = said
    return body | {"response_metadata": {"messages": [f"[ERROR] {sentence}" for sentence in said]}}


def validation_report(
    problems: Sequence[Problem], *, argument: Literal["blocks", "message", "view"]
) -> dict[str, object]:
    """The body of blocks.validate; pointers begin inside the argument ("/0/text/type" for `blocks`).

    https://docs.slack.dev/reference/methods/blocks.validate
    """
    if not problems:
        return {"ok": True}
    prefix = "" if argument == "message" else f"/{argument}"
    return {"ok": False, "error": f"invalid_{argument}", "errors": [_reported(problem, prefix) for problem in problems]}


def _reported(problem: Problem, prefix: str) -> dict[str, object]:
    report: dict[str, object] = {
        "code": problem.code,
        "message": problem.message,
        "pointer": problem.pointer.removeprefix(prefix),
    }
    if problem.constraint is not None:
        report["constraint"] = dict(problem.constraint)
    if problem.field is not None:
        report["field"] = problem.field
    return report


def failed(message: str, pointer: str, kind: str, *, expected: object = None, got: object = None) -> Problem:
    """A broken constraint of `kind` (max_length, min_items, enum, all_of, …)."""
    constraint = {"type": kind, "expected": expected, "got": got}
    return Problem(message, pointer, constraint={key: value for key, value in constraint.items() if value is not None})


def wrong_type(expected: str, pointer: str) -> Problem:
    """Another JSON type than the schema's; null is one too (https://github.com/slackapi/java-slack-sdk/issues/853)."""
    return Problem(f"must {expected}", pointer, code="invalid_type")


def missing(field: str, pointer: str) -> Problem:
    return Problem(f"missing required field: {field}", pointer, code="missing_field", field=field)


def already_exists(key: str, value: str, pointer: str) -> Problem:
    """A second `block_id` in the payload, or a second `action_id` in one block."""
    return failed(f'`{key}` "{value}" already exists', f"{pointer}/{key}", "unique", got=value)


def within(problems: Iterable[Problem], error: str) -> list[Problem]:
    """The same problems under another method error, where they have none of their own."""
    return [
        Problem(p.message, p.pointer, code=p.code, constraint=p.constraint, field=p.field, error=p.error or error)
        for p in problems
    ]
