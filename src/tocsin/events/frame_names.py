"""Names for frames that stay the same when a program is started, built or deployed again.

Line numbers are left out on purpose: an edit above a function must not make its errors look new.
"""

import re
from typing import NamedTuple

from tocsin.events.file_names import stable_file
from tocsin.events.function_names import is_anonymous, stable_name
from tocsin.events.languages import Language, language_of
from tocsin.events.schema import Frame

MAX_SOURCE = 120
"""Characters of a source line that may name an anonymous function; longer lines are not written by hand."""

MINIFIED_LINE = 300
"""A source line of a script longer than this, or an error further right in it, was written by a machine."""

FAR_RIGHT = MINIFIED_LINE + 1
"""The first column that tells so."""

MAX_MINIFIED_NAME = 3
"""Minifiers give local functions names of up to three letters, other ones in every build; methods keep theirs."""

STATE_MACHINE = re.compile(r"(.*?)[.+/]<(\w+)>d__\d+(?:`\d+)?(?:\[.*)?", re.ASCII | re.DOTALL)
"""The class that a compiler of .NET makes of an `async` method, which then is its `MoveNext`."""

PROPERTY_OF_THE_PAGE = re.compile(r"on[a-z]{3,}", re.ASCII)
"""What an engine calls any function that is set as `button.onclick`: all handlers of a file have the same name."""

PROPERTY_OF_A_COMPONENT = re.compile(r"on[A-Z]\w*", re.ASCII)
"""The same for `<Button onClick={() => …}>`. A source file has few of them, a bundle has all."""

MADE_BY_A_BUNDLER = ("<hash>", "<n>.", "<build>")


class FrameName(NamedTuple):
    """A frame's name; whether it tells anything that lasts, and whether that is no more than where the code stands."""

    text: str
    is_telling: bool
    is_place: bool = False


def frame_name(frame: Frame, platform: str | None = None) -> FrameName:
    """The name of `frame`: `shop.cart in total`; for a function without a name, its source line or only its file.

    `platform` is the event's; it counts where the frame itself does not show its language.
    """
    language = language_of(frame, platform)
    place, function = _place_and_function(frame, language)
    minified = language in {"browser", "node"} and _is_minified(frame, place)
    if minified:
        function = function.rpartition(".")[2]  # methods keep their names, their classes do not
        function = "" if len(function) <= MAX_MINIFIED_NAME else function
    if not is_anonymous(function):
        is_place = language == "browser" and _is_any_handler(function, minified=minified)
        return FrameName(f"{place} in {function}" if place else function, is_telling=True, is_place=is_place)
    source = " ".join((frame.context_line or "").split())
    if source and not minified and len(source) <= MAX_SOURCE:
        return FrameName(f"{place} at {source}", is_telling=True)
    return FrameName(place, is_telling=bool(place) and not minified, is_place=True)


def _is_any_handler(function: str, *, minified: bool) -> bool:
    """Whether many functions of the file may be called so, whatever they do."""
    return bool(PROPERTY_OF_THE_PAGE.fullmatch(function) or (minified and PROPERTY_OF_A_COMPONENT.fullmatch(function)))


def _place_and_function(frame: Frame, language: Language) -> tuple[str, str]:
    module, function = frame.module, frame.function or ""
    if language == "dotnet" and function == "MoveNext" and module and (match := STATE_MACHINE.fullmatch(module)):
        module, function = match[1], match[2]
    function = stable_name(function, language) if function else ""
    if module and module != "__main__":  # every Python script calls itself so
        if language in {"browser", "node"}:  # SDKs call a module by its file, without the suffix
            return stable_file(f"{module}.js", language).removesuffix(".js"), function
        return stable_name(module, language) or module, function
    file = frame.filename or frame.abs_path
    if file:
        return stable_file(file, language), function
    return (frame.package or "").replace("\\", "/").rpartition("/")[2], function


def _is_minified(frame: Frame, place: str) -> bool:
    file = frame.filename or frame.abs_path or ""
    return (
        ".min." in file
        or (frame.colno or 0) >= FAR_RIGHT
        or len(frame.context_line or "") > MINIFIED_LINE
        or any(mark in place for mark in MADE_BY_A_BUNDLER)
    )
