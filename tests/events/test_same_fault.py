"""For each language: frames that are the same place in two builds, hosts or requests, and frames that are not.

Those of Python and Node have the shapes that the real SDKs send (see `fixtures/`); those of the other languages are
written from the protocol's documentation: https://develop.sentry.dev/sdk/data-model/event-payloads/stacktrace/
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tocsin.events.frame_names import frame_name
from tocsin.events.schema import Frame

Pair = tuple[str, str, Frame, Frame]


def pairs(platform: str, *rows: tuple[str, dict[str, Any], dict[str, Any]]) -> Iterator[Pair]:
    for what, one, other in rows:
        yield platform, what, Frame(**one), Frame(**other)


def functions(platform: str, module: str, *rows: tuple[str, str, str]) -> Iterator[Pair]:
    """Frames of one module that differ in their function."""
    for what, one, other in rows:
        yield platform, what, Frame(module=module, function=one), Frame(module=module, function=other)


def modules(platform: str, function: str, *rows: tuple[str, str, str]) -> Iterator[Pair]:
    """Frames of one function that differ in their module."""
    for what, one, other in rows:
        yield platform, what, Frame(module=one, function=function), Frame(module=other, function=function)


def files(platform: str, function: str, *rows: tuple[str, str, str]) -> Iterator[Pair]:
    """Frames of one function that differ in their file."""
    for what, one, other in rows:
        yield platform, what, Frame(filename=one, function=function), Frame(filename=other, function=function)


SAME = [
    *files(
        "python",
        "total",
        ("two homes", "/Users/ada/shop/cart.py", "/srv/www/shop/cart.py"),
        (
            "two versions of Python",
            "/usr/lib/python3.11/site-packages/shop/a.py",
            "/v/lib/python3.12/site-packages/shop/a.py",
        ),
        ("a notebook's cells", "<ipython-input-3-0a1b2c3d4e5f>", "<ipython-input-7-ffeeddccbbaa>"),
        ("a notebook's kernel", "/tmp/ipykernel_123/4567.py", "/tmp/ipykernel_98/1234567.py"),
    ),
    *modules(
        "python", "run", ("Airflow's prefix", f"unusual_prefix_{'0a' * 20}_dag", f"unusual_prefix_{'1b' * 20}_dag")
    ),
    *functions("python", "shop", ("addresses", "<Cart at 0x7f01>.total", "<Cart at 0x9e22>.total")),
    *files(
        "javascript",
        "render",
        (
            "origin, hash and query",
            "https://a.example/js/main.3f2a9c1b.js?v=1",
            "https://b.example/js/main.99aabbcc.js",
        ),
        ("Vite", "app:///assets/index-DiwrgTda.js", "app:///assets/index-B2k9XqLm.js"),
        ("esbuild", "https://a.example/chunk-ABCDEFGH.js", "https://a.example/chunk-Q2ZX5Y7K.js"),
        ("Nuxt", "https://a.example/_nuxt/BxK1a9Zq.js", "https://a.example/_nuxt/Cw_92kLm.js"),
        (
            "webpack's numbered chunks",
            "https://a.example/static/js/4471.3f2a9c1b.chunk.js",
            "https://a.example/static/js/29.00aabbcc.chunk.js",
        ),
        (
            "Next's pages",
            "app:///_next/static/chunks/pages/cart-0f3a2b1c4d5e6f70.js",
            "app:///_next/static/chunks/pages/cart-aa3a2b1c4d5e6f71.js",
        ),
        (
            "Next's builds",
            "https://a.example/_next/static/kT9-zZ1xQ_build/pages/cart.js",
            "https://a.example/_next/static/Z0aPq-other7/pages/cart.js",
        ),
        (
            "Next's layers",
            "webpack-internal:///(app-pages-browser)/./src/cart.tsx",
            "webpack-internal:///(ssr)/./src/cart.tsx",
        ),
        ("webpack's namespaces", "webpack://shop/./src/cart.ts", "webpack:///./src/cart.ts?0a1b"),
        (
            "folders of releases",
            "https://a.example/releases/20260102/main.js",
            "https://a.example/releases/20260609/main.js",
        ),
        (
            "folders of hashes",
            "https://a.example/assets/3f2a9c1b2d/main.js",
            "https://a.example/assets/77889900aa/main.js",
        ),
        ("scripts within a page", "https://a.example/orders/17/edit", "https://a.example/orders/20417/edit"),
        (
            "scripts within the page of a thing",
            "https://a.example/orders/550e8400-e29b-41d4-a716-446655440000?tab=1",
            "https://b.example/orders/0f8fad5b-d9cb-469f-a165-70867728950e#lines",
        ),
        ("folders of versions", "https://a.example/v1.2.3/main.js", "https://a.example/v1.10.0-rc.1/main.js"),
        (
            "blobs",
            "blob:https://a.example/550e8400-e29b-41d4-a716-446655440000",
            "blob:https://a.example/00000000-e29b-41d4-a716-446655440000",
        ),
        (
            "pnpm's folders",
            "webpack:///node_modules/.pnpm/lib@1.2.3_x/node_modules/lib/a.js",
            "webpack:///node_modules/lib/a.js",
        ),
    ),
    *(
        (
            "javascript",
            what,
            Frame(filename="https://a.example/cart.js", function=one),
            Frame(filename="https://a.example/cart.js", function=other),
        )
        for what, one, other in (
            ("Chrome and Firefox", "Cart.total", "total"),
            ("Firefox's paths", "Cart/this.total", "total"),
            ("Firefox's closures", "total/<", "total"),
            ("constructors", "new Cart", "Cart"),
            ("asynchronous", "async Cart.total", "async*total"),
            ("aliases", "Cart.total [as sum]", "Cart.total"),
            ("Safari and Chrome without a name", "global code", "?"),
            ("regenerator", "_callee2$", "_callee$"),
            ("equal names in a bundle", "total$1", "total$2"),
        )
    ),
    *pairs(
        "javascript",
        (
            "minified functions",
            {"filename": "https://a.example/app.min.js", "function": "t", "colno": 18_222},
            {"filename": "https://a.example/app.min.js", "function": "Xe", "colno": 19_001},
        ),
        (
            "minified classes",
            {"filename": "https://a.example/main.3f2a9c1b.js", "function": "e.checkout", "colno": 18_222},
            {"filename": "https://a.example/main.00aabbcc.js", "function": "n.checkout", "colno": 19_001},
        ),
        (
            "lines and columns only",
            {"filename": "https://a.example/main.3f2a9c1b.js", "lineno": 1, "colno": 18_222},
            {"filename": "https://a.example/main.00aabbcc.js", "lineno": 1, "colno": 90_001},
        ),
    ),
    *pairs(
        "node",
        (
            "minified classes of a server",
            {"module": "checkout-ZNMP7UF3", "filename": "/s/checkout-ZNMP7UF3.mjs", "function": "s.confirmOrder"},
            {"module": "checkout-HGE3GYKQ", "filename": "/s/checkout-HGE3GYKQ.mjs", "function": "o.confirmOrder"},
        ),
    ),
    *modules("node", "render", ("hashed modules", "dist/main-3f2a9c1b", "dist/main-00aabbcc")),
    *functions("node", "shop", ("owners that say nothing", "Object.message", "exports.message")),
    *files("node", "Promise.all", ("the place in a list", "index 0", "index 12")),
    *functions(
        "go",
        "github.com/acme/shop",
        ("closures", "handler.func1", "handler.func2.1"),
        ("closures in loops", "handler.func1-range1", "handler.func2"),
        ("wrappers of goroutines", "handler.gowrap1", "handler.func3"),
        ("deferred wrappers", "handler.deferwrap2", "handler.deferwrap1"),
        ("generics", "Map[...]", "Map"),
        ("generics in full", "Map[go.shape.int,go.shape.string].func1", "Map[...].func2"),
        ("receivers", "(*Server).Serve", "Server.Serve"),
        ("closures of a package", "glob..func1", "init.func2"),
        ("method values", "(*Server).Serve-fm", "(*Server).Serve"),
        ("several inits", "init.0", "init.1"),
    ),
    *modules(
        "go",
        "Total",
        ("major versions", "github.com/acme/shop/v2/cart", "github.com/acme/shop/v3/cart"),
        ("the first major version", "github.com/acme/shop/cart", "github.com/acme/shop/v2/cart"),
        ("vendored", "github.com/acme/shop/vendor/github.com/lib/pq", "github.com/lib/pq"),
        ("gopkg.in", "gopkg.in/yaml.v2", "gopkg.in/yaml.v3"),
    ),
    *files(
        "go",
        "Total",
        (
            "the module cache",
            "/go/pkg/mod/github.com/lib/pq@v1.10.9/conn.go",
            "/Users/a/go/pkg/mod/github.com/lib/pq@v1.9.0/conn.go",
        ),
    ),
    *modules(
        "java",
        "run",
        ("lambdas", "shop.Cart$$Lambda$12/0x00a1", "shop.Cart$$Lambda/0x00b2"),
        ("lambdas of Android", "shop.Cart$$ExternalSyntheticLambda3", "shop.Cart$$ExternalSyntheticLambda12"),
        ("CGLIB", "C$$EnhancerBySpringCGLIB$$1a2b3c", "C$$EnhancerBySpringCGLIB$$9f"),
        ("Spring's own CGLIB", "C$$SpringCGLIB$$0", "C$$SpringCGLIB$$1"),
        ("proxies", "com.sun.proxy.$Proxy12", "com.sun.proxy.$Proxy99"),
        ("proxies of later JDKs", "jdk.proxy2.$Proxy45", "jdk.proxy3.$Proxy7"),
        (
            "reflection",
            "jdk.internal.reflect.GeneratedMethodAccessor12",
            "jdk.internal.reflect.GeneratedMethodAccessor7",
        ),
        ("anonymous classes", "shop.Cart$1", "shop.Cart$2"),
        ("anonymous classes in functions", "shop.Cart$total$1", "shop.Cart$total$3"),
        ("Hibernate", "shop.Cart$HibernateProxy$Ab12", "shop.Cart$HibernateProxy$Cd34"),
        ("Byte Buddy", "shop.Cart$ByteBuddy$Ab12", "shop.Cart$ByteBuddy$Cd34"),
        ("Javassist", "shop.Cart_$$_jvst3a8_0", "shop.Cart_$$_jvst9b1_2"),
        ("Groovy", "Script17", "Script4"),
    ),
    *functions(
        "java",
        "shop.Cart",
        ("lambdas", "lambda$total$0", "lambda$total$3"),
        ("lambdas of Kotlin", "total$lambda-2", "total$lambda$5"),
        ("accessors", "access$000", "access$100"),
        ("Scala", "$anonfun$total$1", "$anonfun$total$4"),
        ("Clojure", "fn__1234", "fn__987"),
    ),
    *(
        (
            "ruby",
            what,
            Frame(filename="app/models/cart.rb", function=one),
            Frame(filename="app/models/cart.rb", function=other),
        )
        for what, one, other in (
            ("blocks", "block in total", "total"),
            ("blocks in blocks", "block (2 levels) in total", "block in total"),
            ("rescue and ensure", "rescue in block in total", "ensure in total"),
            ("Ruby 3.3 and 3.4", "total", "Shop::Cart#total"),
            ("methods of a class", "Cart.total", "total"),
            ("singletons", "#<Class:0x000071>#total", "#<Class:0x0000ff>#total"),
            ("templates", "_app_views_carts_show_html_erb__1234567890_12340", "_app_views_carts_show_html_erb___987_5"),
        )
    ),
    *files(
        "ruby",
        "save",
        (
            "versions of gems",
            "/usr/local/bundle/gems/activerecord-7.1.2/lib/base.rb",
            "/Users/a/.gem/ruby/3.3.0/gems/activerecord-7.0.8.1/lib/base.rb",
        ),
        ("gems from git", "/b/bundler/gems/shop-0a1b2c3d4e5f/lib/a.rb", "/b/bundler/gems/shop-ffeeddccbb00/lib/a.rb"),
        (
            "releases of Capistrano",
            "/srv/shop/releases/20260102101500/app.rb",
            "/srv/shop/releases/20260609120000/app.rb",
        ),
    ),
    *functions(
        "php",
        "",
        ("closures of PHP 8.4", "Shop\\Cart::{closure:Shop\\Cart::total():12}", "Shop\\Cart::{closure}"),
        ("nested closures", "Cart::{closure:{closure:/srv/a.php:3}:5}", "Cart::{closure}"),
        ("anonymous classes", "class@anonymous/srv/a.php:3$0::run", "class@anonymous/srv/a.php:9$1::run"),
        ("anonymous children", "Shop\\Base@anonymous/srv/a.php:3$0::run", "Shop\\Base@anonymous/var/a.php:4$a::run"),
        ("Twig", f"__TwigTemplate_{'0a' * 16}::doDisplay", f"__TwigTemplate_{'1b' * 16}::doDisplay"),
        ("Symfony's container", "ContainerAbC12dE\\getCart", "ContainerXyZ98wV\\getCart"),
        ("Doctrine", "Proxies\\__CG__\\App\\Cart::total", "App\\Cart::total"),
    ),
    *files(
        "php",
        "Cart::total",
        ("two folders of deployments", "/var/www/1/src/Cart.php", "/srv/app/src/Cart.php"),
        ("vendor", "/var/www/vendor/acme/money/src/Sum.php", "/srv/releases/7/vendor/acme/money/src/Sum.php"),
        ("compiled views", f"/s/views/{'0a' * 20}.php", f"/s/views/{'1b' * 20}.php"),
    ),
    *pairs(
        "csharp",
        (
            "asynchronous methods",
            {"module": "Shop.Cart+<TotalAsync>d__12", "function": "MoveNext"},
            {"module": "Shop.Cart", "function": "TotalAsync"},
        ),
        (
            "lambdas",
            {"module": "Shop.Cart+<>c__DisplayClass3_0", "function": "<Total>b__1"},
            {"module": "Shop.Cart+<>c", "function": "<Total>b__3_0"},
        ),
    ),
    *functions(
        "csharp",
        "Shop.Cart",
        ("state machines", "<TotalAsync>d__12.MoveNext", "<TotalAsync>d__3.MoveNext"),
        ("local functions", "<Total>g__Check|3_0", "<Total>g__Check|5_1"),
        ("generics", "Get`1[System.Int32]", "Get`1[[System.String, mscorlib, Version=4.0.0.0]]"),
        ("signatures", "async Task<int> TotalAsync(int id)", "TotalAsync"),
        ("lambdas of expressions", "lambda_method12", "lambda_method7"),
    ),
    *modules("csharp", "Get", ("generic classes", "Shop.Repository`1[[Shop.Cart]]", "Shop.Repository`1")),
    *functions(
        "native",
        "",
        ("hashes of Rust", "shop::total::h0123456789abcdef", "shop::total::hfedcba9876543210"),
        ("both manglings of Rust", "shop[3f2a9c1b2d3e4f56]::total::{closure#0}", "shop::total::{{closure}}"),
        ("types of Rust", "shop::Cart<T>::total::<u8>", "shop::Cart::total"),
        ("implementations", "<shop::Cart<u8> as core::fmt::Display>::fmt", "<shop::Cart as core::fmt::Display>::fmt"),
        ("templates", "std::vector<int, std::allocator<int> >::at(unsigned long)", "std::vector<char>::at"),
        ("types that are given back", "void shop::run<int>(int) const", "shop::run"),
        ("anonymous namespaces", "(anonymous namespace)::total(int)", "`anonymous namespace'::total"),
        ("parts", "total.part.0.cold", "total [clone .isra.3]"),
        ("offsets", "main + 1234", "main + 0x99"),
        ("versions of symbols", "memcpy@@GLIBC_2.14", "memcpy"),
        ("lambdas", "shop::<lambda_3f2a9c>::operator()", "shop::<lambda_00ff>::operator()"),
        ("blocks", "__24-[Cart total]_block_invoke_2", "__24-[Cart total]_block_invoke"),
        ("closures of Swift", "closure #1 (Int) -> () in Cart.total() -> Int", "closure #2 in Cart.total()"),
        ("asynchronous Swift", "(1) await resume partial function for Cart.total() async -> Int", "Cart.total()"),
        ("specialized Swift", "specialized Cart.total(_:)", "Cart.total(_:)"),
    ),
    *files(
        "native", "total", ("two build machines", "/Users/ci/b1/src/cart.cpp", "C:\\agent\\_work\\7\\src\\cart.cpp")
    ),
    *pairs(
        "native",
        (
            "two installations",
            {"package": "/private/var/containers/Bundle/Application/6F1A/Shop.app/Shop", "function": "total"},
            {"package": "/private/var/containers/Bundle/Application/99BB/Shop.app/Shop", "function": "total"},
        ),
    ),
]

DIFFERENT = [
    *modules("python", "f", ("modules", "shop.cart", "shop.card")),
    *functions("python", "shop", ("classes", "Cart.total", "Basket.total"), ("numbers that people wrote", "v1", "v2")),
    *files("python", "f", ("files", "a/cart.py", "b/cart.py"), ("files of versions", "v1.py", "v2.py")),
    *files(
        "javascript",
        "render",
        ("words of eight letters", "https://a.example/checkout-services.js", "https://a.example/checkout-handlers.js"),
        ("chunks", "https://a.example/cart.3f2a9c1b.js", "https://a.example/shop.3f2a9c1b.js"),
        ("scripts within pages", "https://a.example/orders/17", "https://a.example/baskets/17"),
        ("routes", "webpack:///./src/api/v1/cart.ts", "webpack:///./src/api/v2/cart.ts"),
    ),
    *functions("node", "shop", ("classes", "Cart.save", "User.save")),
    *pairs(
        "javascript",
        (
            "methods that keep their names",
            {"filename": "app:///app.min.js", "function": "e.onSubmit", "colno": 18_222},
            {"filename": "app:///app.min.js", "function": "e.onCancel", "colno": 18_222},
        ),
        (
            "lines of functions without a name",
            {"filename": "app:///cart.ts", "function": "?", "context_line": "  total(lines);"},
            {"filename": "app:///cart.ts", "function": "?", "context_line": "  pay(lines);"},
        ),
    ),
    *modules("go", "Get", ("versions of an API", "github.com/acme/shop/api/v1", "github.com/acme/shop/api/v2")),
    *functions("go", "shop", ("methods", "(*Server).Serve", "(*Client).Serve"), ("closures", "a.func1", "b.func1")),
    *functions("java", "shop.Cart", ("lambdas", "lambda$total$0", "lambda$sum$0")),
    *modules("java", "run", ("inner classes", "shop.Cart$Line", "shop.Cart$Tax")),
    *(
        ("ruby", what, Frame(filename="app/cart.rb", function=one), Frame(filename="app/cart.rb", function=other))
        for what, one, other in (("methods", "block in total", "block in sum"), ("operators", "Cart#==", "Cart#<=>"))
    ),
    *functions("php", "", ("closures", "Cart::{closure}", "User::{closure}")),
    *functions("csharp", "Shop.Cart", ("lambdas", "<Total>b__1", "<Sum>b__1"), ("local", "<A>g__X|1", "<A>g__Y|1")),
    *functions(
        "native",
        "",
        ("implementations", "<shop::Cart as Display>::fmt", "<shop::Line as Display>::fmt"),
        ("operators", "shop::operator<<(int)", "shop::operator<(int)"),
        ("selectors", "-[Cart totalFor:]", "-[Cart totalOf:]"),
        ("closures", "closure #1 in Cart.total()", "closure #1 in Cart.sum()"),
    ),
]


def name(pair: Pair) -> str:
    return f"{pair[0]}: {pair[1]}"


@pytest.mark.parametrize("pair", SAME, ids=name)
def test_the_same_place_has_one_name(pair: Pair) -> None:
    platform, _, one, other = pair

    assert frame_name(one, platform) == frame_name(other, platform)


@pytest.mark.parametrize("pair", DIFFERENT, ids=name)
def test_two_places_have_two_names(pair: Pair) -> None:
    platform, _, one, other = pair

    assert frame_name(one, platform) != frame_name(other, platform)


@pytest.mark.parametrize("pair", SAME, ids=name)
def test_no_name_is_lost_with_what_was_taken_out_of_it(pair: Pair) -> None:
    platform, _, one, _ = pair

    assert frame_name(one, platform).text
