"""Tells from a frame in which language's manner it is named, so that a rule of one language touches no other."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, TypeAlias

from tocsin.events.schema import Frame

Language: TypeAlias = Literal["python", "browser", "node", "go", "java", "ruby", "php", "dotnet", "native", ""]
"""`browser` is JavaScript that several engines run, `node` JavaScript that one engine runs; empty: nobody knows."""

SUFFIXES: Mapping[Language, tuple[str, ...]] = MappingProxyType(
    {
        "python": ("py", "pyx"),
        "node": ("js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte", "bundle", "jsbundle"),
        "go": ("go",),
        "java": ("java", "kt", "kts", "scala", "groovy", "clj"),
        "ruby": ("rb", "erb", "haml", "slim", "rake", "ru"),
        "php": ("php", "phtml", "twig"),
        "dotnet": ("cs", "fs", "vb", "cshtml", "razor"),
        "native": ("c", "cc", "cpp", "cxx", "h", "hh", "hpp", "m", "mm", "rs", "swift"),
    }
)
"""What the names of source files end with."""

PLATFORMS: Mapping[Language, tuple[str, ...]] = MappingProxyType(
    {
        "python": ("python",),
        "browser": ("javascript",),
        "node": ("node",),
        "go": ("go",),
        "java": ("java",),
        "ruby": ("ruby",),
        "php": ("php",),
        "dotnet": ("csharp",),
        "native": ("native", "c", "objc", "cocoa", "rust", "swift"),
    }
)
"""Values of `platform` (https://develop.sentry.dev/sdk/data-model/event-payloads/), for frames without a file."""

OF_SUFFIX = {suffix: language for language, suffixes in SUFFIXES.items() for suffix in suffixes}
OF_PLATFORM = {platform: language for language, platforms in PLATFORMS.items() for platform in platforms}

PAGES = ("http:", "https:", "app:", "webpack", "blob:", "capacitor:", "ionic:")
"""How the addresses of scripts begin that came to a browser or a telephone."""


def language_of(frame: Frame, platform: str | None) -> Language:
    """The language of `frame`: its file's, else its event's."""
    return _language(frame.filename or frame.abs_path or "", platform or "")


@lru_cache(maxsize=4096)
def _language(file: str, platform: str) -> Language:
    path = file.partition("?")[0].partition("#")[0]
    found = OF_SUFFIX.get(path.rpartition(".")[2].lower(), "") if "." in path else ""
    if platform == "javascript" and found in {"node", ""}:
        return "browser"
    if found in {"node", ""} and file.startswith(PAGES) and platform != "node":
        return "browser"
    return found or OF_PLATFORM.get(platform, "")
