"""Whose code a frame is: the application's, a library's, or mere plumbing that says nothing about a problem.

What the SDK says (`in_app`) counts, save for a few places that are never the application's. Where it says nothing, the
usual places of libraries are known by their paths and names.
"""

import re
from collections.abc import Sequence
from enum import IntEnum

from tocsin.events.schema import Frame


class Owner(IntEnum):
    """Whose code it is; the highest that a stack has is what counts of it."""

    PLUMBING = 0
    """Reflection, engines, inlined comprehensions: there on one version of a runtime and not on the next."""
    LIBRARY = 1
    UNKNOWN = 2
    APPLICATION = 3


COMPREHENSIONS = ("<listcomp>", "<dictcomp>", "<setcomp>")
"""Frames of their own before Python 3.12 (PEP 709), and a part of their function since."""

PLUMBING_MODULE = re.compile(
    r"(?:java\.lang\.reflect|java\.lang\.invoke|jdk\.internal\.reflect|sun\.reflect|jdk\.internal\.misc)\."
)
PLUMBING_FUNCTION = re.compile(r"__awaiter|__generator|asyncGeneratorStep|_asyncToGenerator|<asynchronous suspension>")
PLUMBING_FILES = frozenset({"<anonymous>", "[native code]", "native", "native code"})
PLUMBING_FILE = ("<frozen ", "<internal:", "internal:")

SDK_SCRIPT = re.compile(
    r"(?:^|/)(?:(?:browser|js)\.sentry-cdn\.com/|sentry(?:[.-][\w.-]+)?\.min\.js(?:$|[?#]))", re.ASCII
)
"""The SDK for browsers where a page does not bundle it (https://docs.sentry.io/platforms/javascript/install/loader/).
It takes its own frames out of stacks by their names, which a minifier changes."""

EXTENSION = re.compile(r"(?:chrome|moz|safari|safari-web)-extension:")

LIBRARY_FILE = re.compile(
    r"""
      (?:^|/)(?: node_modules | site-packages | dist-packages | vendor | gems | Pods | Carthage )/
    | (?:^|/)lib/(?: python\d[\d.]* | ruby )/
    | ^node: | ^internal/ | ^(?:chrome|moz|safari-web)-extension:
    | /usr/local/go/src/ | /go/pkg/mod/ | /\.cargo/registry/ | ^/rustc/ | ^dart: | ^package:flutter/
    """,
    re.VERBOSE,
)
LIBRARY_MODULE = re.compile(
    r"(?:javax?|jdk|sun|com\.sun|kotlinx?|scala|groovy|clojure|android|androidx|com\.android|dalvik"
    r"|org\.(?:springframework|apache|hibernate|junit|eclipse\.jetty)|io\.netty|System|Microsoft|Windows)\."
)
LIBRARY_FUNCTION = re.compile(
    r"(?:<?(?:std|core|alloc|tokio|backtrace|panic_unwind)::|__libc_start|_start$|__rust_|rust_begin_unwind|__scrt_"
    r"|clone3?$|start_thread$|_pthread_|_dispatch_|objc_|__CF|swift_|-\[NS|\+\[NS|-\[UI|BaseThreadInitThunk|Rtl)"
)
LIBRARY_PACKAGE = re.compile(
    r"(?:/usr/lib|/lib\d*/|/System/Library|/system/|/apex/|/Applications/Xcode|[A-Za-z]:\\Windows\\)"
    r"|(?:.*[/\\])?(?:lib(?:c|m|pthread|stdc\+\+|gcc_s|dispatch|objc|system_\w+|swift\w+)[.\d-]|ld-)",
)


def owner_of(frame: Frame) -> Owner:
    """Whose code `frame` is."""
    function, file = frame.function or "", frame.filename or frame.abs_path or ""
    if function.endswith(COMPREHENSIONS) or file in PLUMBING_FILES or file.startswith(PLUMBING_FILE):
        return Owner.PLUMBING
    if frame.in_app:
        return Owner.LIBRARY if _is_of_others(file) else Owner.APPLICATION
    if PLUMBING_MODULE.match(frame.module or "") or PLUMBING_FUNCTION.match(function):
        return Owner.PLUMBING
    if frame.in_app is False or _looks_like_a_library(frame, function, file):
        return Owner.LIBRARY
    return Owner.UNKNOWN


def _is_of_others(file: str) -> bool:
    """Browsers' SDKs call every script the application's: packages in a bundle, extensions, themselves."""
    return (
        "node_modules/" in file
        or ("-extension:" in file and EXTENSION.match(file) is not None)
        or ("sentry" in file and SDK_SCRIPT.search(file) is not None)
    )


def _looks_like_a_library(frame: Frame, function: str, file: str) -> bool:
    return bool(
        LIBRARY_FILE.search(file.replace("\\", "/"))
        or (frame.abs_path and frame.abs_path != file and LIBRARY_FILE.search(frame.abs_path.replace("\\", "/")))
        or (frame.module and LIBRARY_MODULE.match(frame.module))
        or LIBRARY_FUNCTION.match(function)
        or (frame.package and LIBRARY_PACKAGE.match(frame.package))
    )


def owners_of(frames: Sequence[Frame]) -> tuple[list[Owner], Owner]:
    """Whose code each of `frames` is, and the best owner among them: the frames that are theirs count."""
    owners = [owner_of(frame) for frame in frames]
    return owners, max(owners, default=Owner.UNKNOWN)
