"""Names for frames that stay the same when a program is started, built or deployed again.

Line numbers are left out on purpose: an edit above a function must not make its errors look new.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from tocsin.events.schema import Frame

MAX_SOURCE = 120
"""Characters of a source line that may name an anonymous function; longer lines are not written by hand."""

MINIFIED_LINE = 300
"""A source line of a script longer than this, or an error further right in it, was written by a machine."""

MAX_MINIFIED_NAME = 3
"""Minifiers give local functions names of up to three letters, other ones in every build; methods keep theirs."""

ORIGIN = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)+//(?:/|[^/]*/)?(?:\./)?", re.IGNORECASE)
SCRIPT = re.compile(r"\.(?:[cm]?jsx?|bundle|jsbundle)$", re.IGNORECASE)
HASH_IN_FILE = re.compile(r"(?<=[.\-_])(?=[a-f]*\d)[0-9a-f]{6,}(?=[.\-_]|$)", re.IGNORECASE | re.ASCII)
HASH_BEFORE_SUFFIX = re.compile(r"(?<=[.-])([\w-]{8})(?=\.[cm]?js$)", re.ASCII)  # of Vite and esbuild
NO_WORD = re.compile(r"\d|[a-z][A-Z]")
NUMBERED_FOLDER = re.compile(r"(?<=/)\d{6,}(?=/)")

ANONYMOUS = re.compile(
    r"""
      \? | \W* (?: lambda | anonymous | unknown ) \W*   # <lambda>, [anonymous]
    | \{closure (?: :[^}]* )? \}   # PHP: {closure:/srv/cart.php:12}
    | (?: Object | Module | Array | Promise )? \.? <anonymous>
    | (?: eval | \(anonymous\ function\) )
    """,
    re.VERBOSE | re.IGNORECASE,
)

FUNCTION_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"^(?:async\*?|new|get|set|static) ", ""),  # JavaScript engines name the same function in several ways
        (r" \[as [^\]]*\]$", ""),
        (r"\$\$Lambda[$/].*$", "$$Lambda"),  # Java: numbered when it is loaded
        (r"(lambda\$\w*?)[$-]\d+$", r"\1"),  # Java, Kotlin: numbered when it is compiled
        (r"\$\$(EnhancerBy\w+?|FastClassBy\w+?|SpringCGLIB)\$\$.*$", r"$$\1"),
        (r"(\$Proxy|GeneratedMethodAccessor|GeneratedConstructorAccessor)\d+", r"\1"),
        (r"\$ByteBuddy\$\w+", "$ByteBuddy"),
        (r"class@anonymous.*?(::|->|$)", r"class@anonymous\1"),  # PHP: path and address follow
        (r"(\.func)\d+(?:\.\d+)*", r"\1"),  # Go: closures are numbered within their function
        (r"::h[0-9a-f]{16}$", ""),  # Rust: changes with the compiler
        (r"block \(\d+ levels\) in ", "block in "),  # Ruby
        (r"<lambda_[0-9a-f]+>", "<lambda>"),  # C++
        (r"(?<![ +])[ +]*+0x[0-9a-fA-F]+", ""),
    )
)


class FrameName(NamedTuple):
    """A frame's name, and whether it tells more than the file does."""

    text: str
    is_telling: bool


def frame_name(frame: Frame) -> FrameName:
    """The name of `frame`: `shop.cart in total`; for a function without a name, its source line or only its file."""
    minified = _is_minified(frame)
    place = _place(frame.module, frame.filename or frame.abs_path or frame.package or "")
    function = stable_function(frame.function or "", is_minified=minified)
    if function:
        return FrameName(f"{place} in {function}", is_telling=True)
    source = " ".join((frame.context_line or "").split())
    if source and not minified and len(source) <= MAX_SOURCE:
        return FrameName(f"{place} at {source}", is_telling=True)
    return FrameName(place, is_telling=bool(place) and not minified)


def _is_minified(frame: Frame) -> bool:
    file = frame.filename or frame.abs_path or ""
    if file.endswith(".py"):  # most frames, at no cost
        return False
    file = file.partition("?")[0]
    if not (SCRIPT.search(file) or file.startswith(("http:", "https:", "app:"))):
        return False
    return (
        ".min." in file
        or (frame.colno or 0) > MINIFIED_LINE
        or len(frame.context_line or "") > MINIFIED_LINE
        or _stable_file(file).endswith("<hash>.js")
    )


@lru_cache(maxsize=4096)
def _place(module: str | None, file: str) -> str:
    if module and module != "__main__":  # every Python script calls itself __main__
        return stable_function(module, is_minified=False) or module
    return _stable_file(file)


@lru_cache(maxsize=4096)
def _stable_file(file: str) -> str:
    file = ORIGIN.sub("", file.partition("?")[0].partition("#")[0].replace("\\", "/"), count=1)
    folder, slash, name = file.rpartition("/")
    name = HASH_IN_FILE.sub("<hash>", name)
    name = HASH_BEFORE_SUFFIX.sub(lambda match: "<hash>" if NO_WORD.search(match[1]) else match[1], name)
    return NUMBERED_FOLDER.sub("<n>", folder + slash) + name


@lru_cache(maxsize=4096)
def stable_function(function: str, *, is_minified: bool) -> str:
    """`function` without what a compiler or a run made up; empty if that is all there was."""
    for pattern, replacement in FUNCTION_RULES:
        function = pattern.sub(replacement, function)
    if ANONYMOUS.fullmatch(function):
        return ""
    if is_minified and len(function.rpartition(".")[2]) <= MAX_MINIFIED_NAME:
        return ""
    return function
