"""Which browser and operating system a `User-Agent` is."""

import time

import pytest

from tocsin.events.user_agents import MAX_USER_AGENT, client_of

MOZILLA = "Mozilla/5.0"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
MAC = f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7)"
WINDOWS = f"{MOZILLA} (Windows NT 10.0; Win64; x64)"
IPHONE = f"{MOZILLA} (iPhone; CPU iPhone OS 17_4_1 like Mac OS X)"


@pytest.mark.parametrize(
    ("user_agent", "browser", "system"),
    [
        (f"{WINDOWS} {WEBKIT} Chrome/131.0.0.0 Safari/537.36", "Chrome 131", "Windows"),
        (f"{WINDOWS} {WEBKIT} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0", "Edge 131", "Windows"),
        (f"{WINDOWS} {WEBKIT} Chrome/130.0.0.0 Safari/537.36 OPR/116.0.0.0", "Opera 116", "Windows"),
        (f"{MOZILLA} (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox 131", "Linux"),
        (f"{MOZILLA} (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/131.0.0.0 Safari/537.36", "Chrome 131", "ChromeOS"),
        (
            f"{MOZILLA} (X11; Linux x86_64) {WEBKIT} HeadlessChrome/131.0.0.0 Safari/537.36",
            "Headless Chrome 131",
            "Linux",
        ),
        (f"{MAC} {APPLE} Version/17.4.1 Safari/605.1.15", "Safari 17.4", "macOS"),
        (f"{MAC} {APPLE} Version/18.0 Safari/605.1.15", "Safari 18", "macOS"),
        (f"{MAC} {WEBKIT} Slack/4.41.98 Chrome/130.0.6723.59 Electron/33.0.1 Safari/537.36", "Electron 33", "macOS"),
        (f"{IPHONE} {APPLE} Version/17.4.1 Mobile/15E148 Safari/604.1", "Safari 17.4", "iOS 17.4"),
        (f"{IPHONE} {APPLE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1", "Chrome 131", "iOS 17.4"),
        (f"{MOZILLA} (iPad; CPU OS 16_6 like Mac OS X) {APPLE} FxiOS/132.0 Mobile/15E148", "Firefox 132", "iOS 16.6"),
        (f"{MOZILLA} (Linux; Android 10; K) {WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36", "Chrome 131", "Android"),
        (f"{MOZILLA} (Android 14; Mobile; rv:131.0) Gecko/131.0 Firefox/131.0", "Firefox 131", "Android 14"),
        (
            f"{MOZILLA} (Linux; Android 10; K) {WEBKIT} SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
            "Samsung Internet 26",
            "Android",
        ),
        (
            f"{MOZILLA} {WEBKIT}; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/131.0.0.0",
            "Googlebot 2.1",
            "",
        ),
        ("curl/8.5.0", "", ""),
        ("", "", ""),
    ],
)
def test_a_browser_and_its_system_are_told_from_what_it_calls_itself(user_agent: str, browser: str, system: str):
    assert client_of(user_agent) == (browser, system)


@pytest.mark.parametrize("piece", ["Version/1", "Version/1.1", "Android ", "aBot", "Bot/", "bot", "CPU OS 1_"])
def test_no_user_agent_takes_long(piece: str):
    started = time.process_time()

    client_of((piece * MAX_USER_AGENT)[:MAX_USER_AGENT])

    assert time.process_time() - started < 0.05
