"""Names for functions and modules that stay the same whatever compiled, bundled, proxied or ran them.

One table for each language. A rule takes out what a tool made up (numbers of closures, hashes, addresses) or what only
some versions of a tool say (a receiver, a type's arguments), and nothing that people wrote.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias

from tocsin.events.brackets import without_arguments, without_types
from tocsin.events.languages import Language

Rules: TypeAlias = tuple[tuple[re.Pattern[str], str], ...]

ANONYMOUS = re.compile(
    r"""
      \? | \W* (?: lambda | anonymous | unknown | redacted | no\ name | native ) \W*   # <lambda>, [anonymous]
    | (?: [\w\\]+\\ )? \{closure\}   # PHP, in a namespace or not
    | (?: Object | Module | Array | Promise )? \.? <anonymous>
    | < (?: computed | instance_members_initializer | static_initializer ) >   # V8
    | (?: eval | \(anonymous\ function\) | (?:global|module|eval)\ code )
    | _callee\d*\$? | _loop\d* | _temp\d* | _ref\d* | anonymous\ \d*
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Functions without a name, and those that a compiler to JavaScript named."""


def _rules(*rules: tuple[str, str]) -> Rules:
    return tuple((re.compile(pattern, re.ASCII), replacement) for pattern, replacement in rules)


UNMISTAKABLE = _rules(
    (r"^(?:async\*|(?:async|new|get|set|static) )", ""),  # JavaScript engines name the same function in several ways
    (r" \[as [^\]]*\]$", ""),
    (r"\$\$(?:Lambda[$/]|(?:External|Internal)SyntheticLambda).*$", "$$Lambda"),  # Java: numbered when loaded or built
    (r"(lambda\$\w*?)[$-]\d+$", r"\1"),  # Java, Kotlin: numbered when it is compiled
    (r"\$\$(EnhancerBy\w+?|FastClassBy\w+?|SpringCGLIB)\$\$.*$", r"$$\1"),
    (r"(\$Proxy|GeneratedMethodAccessor|GeneratedConstructorAccessor)\d+", r"\1"),
    (r"\$(ByteBuddy|HibernateProxy|MockitoMock)\$\w+", r"$\1"),
    (r"@anonymous.*?(::|->|$)", r"@anonymous\1"),  # PHP: path and address follow
    (r"\{closure:.*\}", "{closure}"),  # PHP 8.4: path and line follow
    (r"::h[0-9a-f]{16}$", ""),  # Rust: changes with the compiler
    (r"<lambda_[0-9a-f]+>", "<lambda>"),  # C++
    (r"<(\w+)>d__\d+(?:`\d+)?[.+/]MoveNext\b", r"\1"),  # .NET: what `async` and `yield` are compiled to
    (r"(?:block|rescue|ensure)(?: \(\d+ levels\))? in ", ""),  # Ruby
    (r"(\.func)\d+(?:\.\d+)*", r"\1"),  # Go: closures are numbered within their function
    (r"(?<![ +])[ +]*+0x[0-9a-fA-F]+", ""),
)
"""What no other language has, and is taken out even where nobody knows the language."""

OF_LANGUAGE: Mapping[Language, Rules] = MappingProxyType(
    {
        "python": _rules((r"\bunusual_prefix_[0-9a-f]{40}_", "")),  # Airflow: a hash of the file's path
        "browser": _rules(
            (r"^\?anon_\d+_", ""),  # Hermes
            (r"[/<]+$", ""),  # Firefox: something without a name in a function
            (r"^.*[/.#](?=[^/.#]+$)", ""),  # one engine names the class, another does not
            (r"\$\d+$", ""),  # bundlers number equal names
        ),
        "node": _rules((r"^(?:Object|Module|Function|exports|module\.exports)\.(?=\w)", ""), (r"\$\d+$", "")),
        "go": _rules(
            (r"\[.*\]", ""),  # the types that a generic function was made for
            (r"\(\*?(\w+)\)", r"\1"),
            (r"(?:[.-](?:func|gowrap|deferwrap|range)\d*)+(?:\.\d+)*", ".func"),
            (r"^(?:glob\.|init)\.func", "init.func"),  # before and since Go 1.21
            (r"^init\.\d+", "init"),
            (r"-fm$", ""),
            (r"^.*/vendor/", ""),
            (r"^((?:github\.com|gitlab\.com|bitbucket\.org)/[^/]+/[^/]+)/v\d+(?=/|$|\.)", r"\1"),
            (r"^(gopkg\.in/(?:[^/]+/)?[^/.]+)\.v\d+", r"\1"),
            (r"@v[\w.+-]+", ""),
        ),
        "java": _rules(
            (r"\$?lambda[$-]\d+$", "$lambda"),
            (r"(\$anonfun\$\w*?)\$?\d+$", r"\1"),  # Scala
            (r"\$\d+(?=[$.]|$)", "$"),  # anonymous classes are numbered within their class
            (r"access\$\d+", "access$"),
            (r"(_closure|Script)\d+", r"\1"),  # Groovy
            (r"__\d+", ""),  # Clojure
            (r"_\$\$_\w+", "_$$"),  # Javassist
            (r"\bjdk\.proxy\d+\b", "jdk.proxy"),
        ),
        "ruby": _rules(
            (r"^(?:#<Class:[^>]*>|[A-Z][\w:]*)[#.](?=\S)", ""),  # Ruby 3.4 names the class
            (r"_+\d+_\d+$", ""),  # compiled templates
        ),
        "php": _rules(
            (r"(__TwigTemplate)_[0-9a-f]+", r"\1"),
            (r"\bContainer\w{7}\\", r"Container\\"),  # Symfony compiles it anew
            (r"^Proxies\\__CG__\\", ""),  # Doctrine
        ),
        "dotnet": _rules(
            (r"\+ ?\(.*$", "+lambda"),
            (r"[.+/]?<>c(?:__DisplayClass[\d_]+)?(?:`\d+)?(?:<[^<>]*>)?(?=[.+/]|$)", ""),
            (r"<(\w+)>d__\d+(?:`\d+)?", r"\1"),
            (r"<(\w+)>g__(\w+)\|[\d_]+", r"\1+\2"),  # a function in a function
            (r"<(\w+)>b__[\d_]+", r"\1+lambda"),
            (r"`\d+", ""),
            (r"(lambda_method)\d+", r"\1"),
            (r"^\.(?=\w)", ""),
        ),
        "native": _rules(
            (r"\(anonymous(?: namespace)?\)|\{anonymous\}|`anonymous[ -]namespace'|_GLOBAL__N_1", "{anonymous}"),
            (r"\s*\+\s*\d+$", ""),  # how far into the function
            (r"\[[0-9a-f]{8,16}\]|\[abi:\w+\]", ""),
            (r"\{(\w+)(?::\w+)?#\d+\}|\{\{(closure)\}\}", r"{\1\2}"),  # Rust, in both ways of writing symbols
            (r"(?:\.(?:cold|part|isra|constprop|lto_priv|llvm)(?:\.\d+)*)+$", ""),  # parts that a compiler split off
            (r"(?: \[clone [^\]]*\]| \(\.[\w.]+\))+$", ""),
            (r"@@?[A-Z][\w.]*$|@plt$", ""),
            (r"^__\d+([-+]\[[^\]]+\])_block_invoke[\d._]*$", r"\1 block"),  # Objective-C
            (r"^__(\w+?)_block_invoke[\d._]*$", r"\1 block"),
            (r"^(?:(?:specialized|merged|@objc|@nonobjc|(?:reabstraction )?thunk for) )+", ""),  # Swift
            (r"^(?:partial apply (?:forwarder )?|\(\d+\) (?:suspend|await) (?:resume )?partial function )for ", ""),
            (r"(?:implicit )?closure #\d+ (?:.*? )?in ", "closure in "),
        ),
    }
)


@lru_cache(maxsize=8192)
def stable_name(name: str, language: Language) -> str:
    """The name of a module, class or function without what a tool or a run made up; it may still be anonymous."""
    name = _apply(OF_LANGUAGE.get(language, ()), _apply(UNMISTAKABLE, name))
    return without_types(without_arguments(name)) if language in {"native", "dotnet"} else name


def _apply(rules: Rules, name: str) -> str:
    for pattern, replacement in rules:
        name = pattern.sub(replacement, name)
    return name


def is_anonymous(name: str) -> bool:
    """Whether a stable name says nothing but that there was a function."""
    return not name or ANONYMOUS.fullmatch(name) is not None
