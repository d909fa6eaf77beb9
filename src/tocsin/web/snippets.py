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
        """import sentry_sdk

sentry_sdk.init(
    dsn="{dsn}",
    release="shop@1.0.0",
    environment="production",
)

1 / 0  # the first event""",
    ),
    Snippet(
        "JavaScript (browser)",
        "npm install @sentry/browser",
        """import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: "{dsn}",
  release: "shop@1.0.0",
  environment: "production",
});

throw new Error("the first event");""",
    ),
    Snippet(
        "Node.js",
        "npm install @sentry/node",
        """const Sentry = require("@sentry/node");

Sentry.init({
  dsn: "{dsn}",
  release: "shop@1.0.0",
  environment: "production",
});

throw new Error("the first event");""",
    ),
    Snippet(
        "Java",
        'implementation("io.sentry:sentry:8.+")  // in build.gradle.kts',
        """import io.sentry.Sentry;

Sentry.init(options -> {
    options.setDsn("{dsn}");
    options.setRelease("shop@1.0.0");
    options.setEnvironment("production");
});

Sentry.captureException(new IllegalStateException("the first event"));""",
    ),
    Snippet(
        ".NET",
        "dotnet add package Sentry",
        """using var sentry = SentrySdk.Init(options =>
{
    options.Dsn = "{dsn}";
    options.Release = "shop@1.0.0";
    options.Environment = "production";
});

SentrySdk.CaptureException(new InvalidOperationException("the first event"));""",
    ),
    Snippet(
        "Go",
        "go get github.com/getsentry/sentry-go",
        """err := sentry.Init(sentry.ClientOptions{
	Dsn:         "{dsn}",
	Release:     "shop@1.0.0",
	Environment: "production",
})
if err != nil {
	log.Fatal(err)
}
defer sentry.Flush(2 * time.Second)

sentry.CaptureException(errors.New("the first event"))""",
    ),
    Snippet(
        "Ruby",
        "bundle add sentry-ruby",
        """require "sentry-ruby"

Sentry.init do |config|
  config.dsn = "{dsn}"
  config.release = "shop@1.0.0"
  config.environment = "production"
end

Sentry.capture_exception(RuntimeError.new("the first event"))""",
    ),
    Snippet(
        "PHP",
        "composer require sentry/sentry",
        """\\Sentry\\init([
    'dsn' => '{dsn}',
    'release' => 'shop@1.0.0',
    'environment' => 'production',
]);

\\Sentry\\captureException(new \\Exception('the first event'));""",
    ),
    Snippet(
        "Rust",
        "cargo add sentry",
        """let _sentry = sentry::init(("{dsn}", sentry::ClientOptions {
    release: Some("shop@1.0.0".into()),
    environment: Some("production".into()),
    ..Default::default()
}));

sentry::capture_message("the first event", sentry::Level::Error);""",
    ),
    Snippet(
        "Native (C, C++)",
        "cmake -B build -D SENTRY_BACKEND=inproc && cmake --build build  # in the folder of sentry-native",
        """sentry_options_t *options = sentry_options_new();
sentry_options_set_dsn(options, "{dsn}");
sentry_options_set_release(options, "shop@1.0.0");
sentry_options_set_environment(options, "production");
sentry_init(options);

sentry_capture_event(sentry_value_new_message_event(
    SENTRY_LEVEL_ERROR, "shop", "the first event"));
sentry_close();""",
    ),
)
"""Each names the release and the environment: what came with which release is worth little without them."""
