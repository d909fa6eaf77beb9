"""What to write into an application so that it reports to a project, for the ordinary SDKs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snippet:
    """How one platform's SDK is installed and set up; `{dsn}` in `code` stands for the project's DSN."""

    platform: str
    install: str
    code: str

    def code_for(self, dsn: str) -> str:
        """The code with the project's own DSN in it."""
        return self.code.replace("{dsn}", dsn)


SNIPPETS = (
    Snippet(
        "Python",
        "pip install sentry-sdk",
        'import sentry_sdk\n\nsentry_sdk.init(dsn="{dsn}")\n\n1 / 0  # the first event',
    ),
    Snippet(
        "JavaScript (browser)",
        "npm install @sentry/browser",
        'import * as Sentry from "@sentry/browser";\n\n'
        'Sentry.init({ dsn: "{dsn}" });\n\nthrow new Error("the first event");',
    ),
    Snippet(
        "Node.js",
        "npm install @sentry/node",
        'const Sentry = require("@sentry/node");\n\n'
        'Sentry.init({ dsn: "{dsn}" });\n\nthrow new Error("the first event");',
    ),
    Snippet(
        "Ruby",
        "bundle add sentry-ruby",
        'require "sentry-ruby"\n\nSentry.init { |config| config.dsn = "{dsn}" }\n\n'
        'Sentry.capture_message("the first event")',
    ),
    Snippet(
        "PHP",
        "composer require sentry/sentry",
        "\\Sentry\\init(['dsn' => '{dsn}']);\n\nthrow new \\Exception('the first event');",
    ),
    Snippet(
        "Go",
        "go get github.com/getsentry/sentry-go",
        'sentry.Init(sentry.ClientOptions{Dsn: "{dsn}"})\ndefer sentry.Flush(2 * time.Second)\n\n'
        'sentry.CaptureMessage("the first event")',
    ),
)
