"""Frames keep their names when a program is started, built or deployed again, and differ when the code does."""

import time

import pytest

from tocsin.events.frame_names import frame_name
from tocsin.events.schema import Frame


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Frame(module="shop.cart", function="total", lineno=1), Frame(module="shop.cart", function="total", lineno=99)),
        (Frame(filename="cart.py", abs_path="/a/cart.py", function="f"), Frame(filename="cart.py", function="f")),
        (Frame(filename="src\\cart.cs", function="F"), Frame(filename="src/cart.cs", function="F")),
        (
            Frame(filename="/srv/releases/20260102/a.rb", function="f"),
            Frame(filename="/srv/releases/20260609/a.rb", function="f"),
        ),
        (
            Frame(module="shop.Cart$$Lambda$12/0x00a1", function="run"),
            Frame(module="shop.Cart$$Lambda$7/0x00b2", function="run"),
        ),
        (Frame(module="shop.Cart", function="lambda$total$0"), Frame(module="shop.Cart", function="lambda$total$3")),
        (
            Frame(module="C$$EnhancerBySpringCGLIB$$1a2b3c", function="f"),
            Frame(module="C$$EnhancerBySpringCGLIB$$9f", function="f"),
        ),
        (Frame(module="com.sun.proxy.$Proxy12", function="f"), Frame(module="com.sun.proxy.$Proxy99", function="f")),
        (
            Frame(filename="a.php", function="class@anonymous/srv/a.php:3$0::run"),
            Frame(filename="a.php", function="class@anonymous/srv/a.php:9$1::run"),
        ),
        (Frame(module="main", function="handler.func1"), Frame(module="main", function="handler.func2.1")),
        (
            Frame(module="shop", function="shop::total::h0123456789abcdef"),
            Frame(module="shop", function="shop::total::hfedcba9876543210"),
        ),
        (
            Frame(filename="a.rb", function="block in total"),
            Frame(filename="a.rb", function="block (2 levels) in total"),
        ),
        (Frame(filename="a.js", function="async load"), Frame(filename="a.js", function="load")),
        (Frame(filename="a.js", function="Cart.total [as sum]"), Frame(filename="a.js", function="Cart.total")),
        (
            Frame(filename="https://a.example/js/main.3f2a9c1b.js?v=1", function="render"),
            Frame(filename="https://b.example/js/main.99aabbcc.js", function="render"),
        ),
        (
            Frame(filename="app:///assets/index-DiwrgTda.js", function="render"),
            Frame(filename="app:///assets/index-B2k9XqLm.js", function="render"),
        ),
        (
            Frame(filename="webpack:///./src/cart.ts", function="f"),
            Frame(filename="webpack-internal:///./src/cart.ts", function="f"),
        ),
        (
            Frame(filename="app.min.js", function="t", colno=18_222),
            Frame(filename="app.min.js", function="Xe", colno=19_001),
        ),
        (
            Frame(filename="https://a.example/main.js", function="n.t", colno=900),
            Frame(filename="https://a.example/main.js", function="r.e", colno=901),
        ),
        (
            Frame(filename="cart.py", function="<lambda>", context_line="f = lambda: 1 / 0"),
            Frame(filename="cart.py", function="<lambda>", context_line="    f = lambda:  1 / 0"),
        ),
        (Frame(filename="a.php", function="{closure:/srv/a.php:12}"), Frame(filename="a.php", function="{closure}")),
        (Frame(module="k", function="<Foo at 0x7f01>"), Frame(module="k", function="<Foo at 0x9e22>")),
    ],
)
def test_what_a_build_or_a_run_made_up_makes_no_difference(one: Frame, other: Frame) -> None:
    assert frame_name(one) == frame_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Frame(module="shop.cart", function="total"), Frame(module="shop.cart", function="sum")),
        (Frame(module="shop.cart", function="total"), Frame(module="shop.card", function="total")),
        (Frame(filename="a/cart.py", function="f"), Frame(filename="b/cart.py", function="f")),
        (Frame(filename="v1.py", function="f"), Frame(filename="v2.py", function="f")),
        (Frame(module="a", function="handler_v1"), Frame(module="a", function="handler_v2")),
        (Frame(filename="checkout-services.js", function="f"), Frame(filename="checkout-handlers.js", function="f")),
        (
            Frame(filename="a.py", function="<lambda>", context_line="x = 1"),
            Frame(filename="a.py", function="<lambda>", context_line="y = 1"),
        ),
        (
            Frame(filename="app.min.js", function="onSubmit", colno=18_222),
            Frame(filename="app.min.js", function="onCancel", colno=18_222),
        ),
    ],
)
def test_what_people_wrote_makes_a_difference(one: Frame, other: Frame) -> None:
    assert frame_name(one) != frame_name(other)


@pytest.mark.parametrize(
    ("frame", "is_telling"),
    [
        (Frame(module="shop.cart", function="total"), True),
        (Frame(filename="cart.py", function="<lambda>"), True),
        (Frame(filename="app.min.js", function="t"), False),
        (Frame(filename="https://a.example/main.3f2a9c1b.js", function="?"), False),
        (Frame(function="<anonymous>"), False),
        (Frame(), False),
    ],
)
def test_a_minified_frame_tells_nothing(frame: Frame, is_telling: bool) -> None:
    assert frame_name(frame).is_telling is is_telling


HOSTILE = [
    "a",
    "a:",
    "-",
    "-a",
    ".a1",
    " ",
    " +",
    "0x",
    "lambda$",
    "$$",
    "$$EnhancerBy",
    "class@anonymous",
    "/1",
    "://",
    "{closure",
    "<",
]


OF_A_LANGUAGE = {
    "javascript": ["/<", "anon_1_", "$1", ".#", "_next/static/", "(a)/", "node_modules/", "@1", "-1.1"],
    "go": ["[", ".func1", "-range1", "(*a)", "/vendor/", "github.com/a/b/v1", "gopkg.in/a.v1", "@v1"],
    "java": ["$1", "$lambda$", "access$", "$anonfun$a", "_closure1", "__1", "_$$_", "jdk.proxy"],
    "ruby": ["block in ", "A::", "#<Class:", "_1", "_1_1"],
    "php": ["__TwigTemplate_", "ContainerAAAAAAA", "@anonymous", "{closure:", "\\"],
    "csharp": ["<>c", "<a>d__1", "<a>b__1", "`1", "+(", "[[", "<a", "a "],
    "native": [
        "<a",
        "(a",
        "a::",
        "operator",
        "closure #1 ",
        " in ",
        ".cold",
        " [clone a]",
        "{a#1}",
        "@A",
        "__1",
        " -> ",
    ],
}


@pytest.mark.parametrize("platform", OF_A_LANGUAGE)
def test_no_name_of_any_language_takes_long(platform: str) -> None:
    pieces = OF_A_LANGUAGE[platform]
    started = time.process_time()

    for piece in pieces:
        for number in range(20):
            text = f"{number}{piece * 512}"[:512]
            frame_name(Frame(module=text, function=text), platform)
            frame_name(Frame(filename=text, function=text[::-1]), platform)

    assert time.process_time() - started < 0.05 * len(pieces)


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_name_takes_long(piece: str) -> None:
    texts = [f"{number}{piece * 2048}"[:2048] for number in range(250)]
    started = time.process_time()

    for text in texts:
        frame_name(Frame(function=text[:512], abs_path=text, colno=1))
        frame_name(Frame(function=text[::-1][:512], abs_path=text[::-1] + ".js"))

    assert time.process_time() - started < 1
