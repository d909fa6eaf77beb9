"""The tree of commands, and the one place where an error becomes a line on stderr and an exit code."""

import os
import sys
from collections.abc import Sequence
from importlib import metadata

from cyclopts import App, CycloptsError, Parameter

DONE = 0
REFUSED = 1
USAGE = 2
UNREACHABLE = 3
TAMPERED = 4
INTERRUPTED = 130

COMMANDS = {
    "serve": ("tocsin.cli.serve:serve", "Serve pages, ingest and Slack until told to stop."),
    "init": ("tocsin.cli.init:init", "Make an organization with its first owner and a project, or another project."),
    "migrate": ("tocsin.cli.migrate:migrate", "Bring the database to the schema of this version."),
    "members": ("tocsin.cli.members:app", "People of an organization, their roles and teams."),
    "accounts": ("tocsin.cli.accounts:app", "The accounts of this server, each one for all organizations."),
    "teams": ("tocsin.cli.teams:app", "Teams, who is in them, and the channel in which each is met."),
    "slack": ("tocsin.cli.slack:app", "Slack workspaces."),
    "identities": ("tocsin.cli.identities:app", "Which Slack user is which member."),
    "rules": ("tocsin.cli.rules:app", "Which issues are told in which channels."),
    "channels": ("tocsin.cli.channels:app", "What is told in which channel."),
    "policy": ("tocsin.cli.policy:app", "What is told in the threads of cards."),
    "dsn": ("tocsin.cli.dsn:app", "The addresses that applications report to: one for each key of a project."),
    "projects": ("tocsin.cli.projects:app", "The projects of an organization, and what happens in them by itself."),
    "grouping": ("tocsin.cli.grouping:app", "Which events are one issue."),
    "releases": ("tocsin.cli.releases:app", "Versions of applications, and the commits that they carry."),
    "deploys": ("tocsin.cli.deploys:app", "Where releases arrive."),
    "issues": ("tocsin.cli.issues:app", "Find and triage issues."),
    "deliveries": ("tocsin.cli.deliveries:app", "What was said in Slack, and what could not be."),
    "audit": ("tocsin.cli.audit:app", "Who did, was allowed or was refused what, and whether the log is whole."),
    "keys": ("tocsin.cli.keys:app", "The keys that protect stored secrets."),
    "doctor": ("tocsin.cli.doctor:doctor", "Look whether everything works, and say what to do where it does not."),
}
"""Every command, loaded when it is called: `--help` should not wait for the database's library."""


def main() -> None:
    """The entry of the `tocsin` script."""
    sys.exit(run(sys.argv[1:]))


def run(tokens: Sequence[str]) -> int:
    """Run one command line and give its exit code: 0 done, 1 refused or not found, 2 usage, 3 cannot reach."""
    try:
        code = build_app()(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        return fail(str(error), USAGE)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output (`| head`) went away; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:  # noqa: BLE001 -- the outermost loop: a person at a terminal never sees a traceback
        from tocsin.cli.errors import describe_error

        return fail(*describe_error(error))
    return code if isinstance(code, int) else DONE


def build_app() -> App:
    """The tree of commands."""
    app = App(
        name="tocsin",
        help="A self-hosted error tracker whose front end is Slack.",
        version=_version,
        help_format="plaintext",
        default_parameter=Parameter(negative=()),
    )
    for name, (target, words) in COMMANDS.items():
        app.command(target, name=name, help=words)
    return app


def _version() -> str:
    return metadata.version("tocsin")


def fail(message: str, code: int) -> int:
    """Say what is wrong in one line on stderr."""
    print("tocsin:", " ".join(message.split()), file=sys.stderr)
    return code
