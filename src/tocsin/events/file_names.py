"""Names for files that stay the same when a program is built, deployed or installed again, here or elsewhere."""

import re
from functools import lru_cache

from tocsin.events.languages import PAGES, Language

LOCAL_SEGMENTS = 2
"""Of a path on a machine so many last parts count: where it was unpacked is the machine's business."""

ORIGIN = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)+//(?:/|[^/]*/)?(?:\./)?", re.IGNORECASE)
LOCAL = re.compile(r"^(?:file:/*)?(?:/|~/|[a-z]:/)|^file:", re.IGNORECASE)
LAYER = re.compile(r"^\([\w-]+\)/(?:\./)?")
"""Next.js says which half of an application a module was compiled for: `(app-pages-browser)/./src/cart.tsx`."""

INSTALLED = re.compile(r"^.*(?:^|/)(?:node_modules|site-packages|dist-packages|gems|pkg/mod|vendor)/", re.DOTALL)
"""What stands before a library says where it is installed, not what it is."""

VERSION_OF_LIBRARY = re.compile(r"(?:(?<=\w)-\d+(?:\.\w+)+|@v?\d[\w.+-]*|(?<=\w)-[0-9a-f]{12})(?=/)", re.ASCII)
"""`rails-7.1.2/`, `pq@v1.10.9/`, `shop-0a1b2c3d4e5f/`."""

SEGMENT = re.compile(
    r"""
      (?P<uuid> [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} )
    | (?P<hash> (?=[a-f]*\d)[0-9a-f]{7,} )
    | (?P<n> \d{4,} | v?\d+(?:\.\d+)+(?:[-+_][\w.+-]*)? )
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
"""Folders that a build or a deployment made up; people call theirs `v2` and `api`."""

BUILD_FOLDER = re.compile(r"(?<=_next/static/)(?!chunks/|css/|media/)[^/]+(?=/)")
HASH_IN_FILE = re.compile(r"(?<![^.\-_])(?=[a-f]*\d)[0-9a-f]{6,}(?=[.\-_]|$)", re.IGNORECASE | re.ASCII)
HASH_BEFORE_SUFFIX = re.compile(r"(?:(?<=[.-])|^)([\w-]{8})(?=\.[cm]?js$)", re.ASCII)  # of Vite, esbuild and Nuxt
NO_WORD = re.compile(r"\d|[a-z][A-Z]|^[A-Z]{8}$")
NUMBERED_CHUNK = re.compile(r"^\d+(?=[.-])")
NOTEBOOK = re.compile(r"<ipython-input-.*>|.*ipykernel_\d+/\d+\.py", re.DOTALL)
PROMISE = re.compile(r"index \d+")


def without_origin(file: str) -> str:
    """`file` as people call it: the address of a script without the server it came from and what was asked of that.

    >>> without_origin("https://cdn.example/js/main.js?v=7")
    'js/main.js'
    """
    if not file.startswith(PAGES):
        return file
    path = file.partition("?")[0].partition("#")[0]
    return LAYER.sub("", ORIGIN.sub("", path, count=1)) or file


@lru_cache(maxsize=4096)
def stable_file(file: str, language: Language) -> str:
    """`file` without what a machine, a build or a request made up: origin, query, hashes, versions, the folder of it.

    >>> stable_file("https://cdn.example/js/main.3f2a9c1b.js?v=7", "browser")
    'js/main.<hash>.js'
    """
    if file.startswith("<") or PROMISE.fullmatch(file):
        return "<notebook>" if NOTEBOOK.fullmatch(file) else file.partition(" ")[0]
    path = file.replace("\\", "/").partition("?")[0]
    path = path.partition("#")[0] or path
    if NOTEBOOK.fullmatch(path):
        return "<notebook>"
    is_local = LOCAL.match(path) is not None
    path = LAYER.sub("", ORIGIN.sub("", path, count=1))
    shorter = INSTALLED.sub("", path)
    if shorter != path:
        path, is_local = VERSION_OF_LIBRARY.sub("", shorter), False
    path = BUILD_FOLDER.sub("<build>", path)
    *folders, name = path.split("/")
    if language == "native":
        return name  # where it was compiled; what it is in, the names of functions tell
    if is_local:
        folders = [folder for folder in folders if folder][1 - LOCAL_SEGMENTS :]
    if language == "browser" and "." not in name:
        return "/".join(map(_stable_step, (*folders, name)))
    return "/".join([*(_stable_folder(folder) for folder in folders), _stable_name(name, language)])


def _stable_step(step: str) -> str:
    """A part of a page's own address, which is the file of a script within the page; `7` in `orders/7` is an order."""
    return "<n>" if step.isdecimal() else _stable_folder(step)


def _stable_folder(folder: str) -> str:
    match = SEGMENT.fullmatch(folder)
    return f"<{match.lastgroup}>" if match else folder


def _stable_name(name: str, language: Language) -> str:
    name = HASH_IN_FILE.sub("<hash>", name)
    if language in {"browser", "node"}:
        name = HASH_BEFORE_SUFFIX.sub(lambda match: "<hash>" if NO_WORD.search(match[1]) else match[1], name)
        name = NUMBERED_CHUNK.sub("<n>", name)
    return name
