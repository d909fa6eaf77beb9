"""Messages without a stack that only an id tells apart are one problem, and those that a name tells apart are two."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.events.parameterise import MAX_PARAMETERISED, parameterise

SAME = [
    ("nanoids", "no session V1StGXR8_Z5jdHi6B-myT", "no session 3EUvPD6FTuXL0jm7Zk_aB"),
    ("nanoids without digits", "no session VbStGXRkZajdHiQByTmWe", "no session pQxRtLmYwEbNzKcVsHjUa"),
    ("nanoids behind a colon", "session:V1StGXR8_Z5jdHi6B-myT gone", "session:3EUvPD6FTuXL0jm7Zk_aB gone"),
    ("nanoids behind a hyphen", "request-id-V1StGXR8Z5jdHi6Bmy", "request-id-3EUvPD6FTuXL0jm7Zka"),
    ("nanoids in a dotted name", "room.V1StGXR8_Z5jdHi6B-myT.closed", "room.3EUvPD6FTuXL0jm7Zk_aB.closed"),
    ("nanoids in a pair", "session=V1StGXR8_Z5jdHi6B-myT", "session=3EUvPD6FTuXL0jm7Zk_aB"),
    ("nanoids in the path of a request", "GET /s/V1StGXR8_Z5jdHi6B-myT", "GET /s/3EUvPD6FTuXL0jm7Zk_aB"),
    ("ids of videos", "cannot play dQw4w9WgXcQ", "cannot play a1Zs7wPq3Xk"),
    ("channels of Slack", "channel C0123ABCD is archived", "channel C07T9KQ4Z3M is archived"),
    ("old channels of Slack", "channel C1H9RESGL is archived", "channel C2147483705 is archived"),
    ("users of Slack", "no user U02ABCDEF12", "no user U0G9QF9C6"),
    ("mentions in Slack", "<@U02ABCDEF12> left", "<@U0G9QF9C6> left"),
    ("teams of Slack", "token of T0123ABCD revoked", "token of T1H9RESGL revoked"),
    ("enterprise users of Slack", "user W012A3CDE left", "user W0123ABCD left"),
    ("short hashes of git", "deploy of 1a2b3c4 failed", "deploy of fe09d7b failed"),
    ("short hashes of other lengths", "deploy of 1a2b3c4d5e failed", "deploy of 0fe9a7b2 failed"),
    ("hashes of git in a name", "build-1a2b3c4 failed", "build-fe09d7b failed"),
    ("whole hashes of git", f"commit {'1a2b' * 10}", f"commit {'fe09' * 10}"),
    ("base64", "bad token dGhpcyBpcyBhIHRva2Vu", "bad token c29tZXRoaW5nIGVsc2Ux"),
    ("base64 with padding", "bad value q83vEjRWeJCrze8SNA==", "bad value /w8PZ2hhc2hlZDEyMzQ1Ng=="),
    ("base64 with a slash", "bad value a1/Zx9+Qw3Er5Ty7Ui9O", "bad value Pq8/Mn2+Bv4Cx6Zl1Kj3H"),
    ("base64url", "cursor eyJpZCI6MTIzfQ_x9-Qw3E", "cursor MTcwMDAwMDAwMF8tYWJj0Zx"),
    ("charges", "no charge ch_3MtwBwLkdIwHu7ix28a3tqPa", "no charge ch_1NirD82eZvKYlo2CIvbtLWuY"),
    ("payments", "pi_3Nx8Qa2eZvKYlo2C0aGf7sKd failed", "pi_1Gt0RG2eZvKYlo2CtPbBz3Xo failed"),
    ("customers", "No such customer: 'cus_NffrFeUfNV2Hib'", "No such customer: 'cus_9s6XKzkNRiz8i3'"),
    ("customers without quotes", "no customer cus_NffrFeUfNV2Hib", "no customer cus_9s6XKzkNRiz8i3"),
    ("pods", "web-7d9f8b6c5d-x2k4q is not ready", "web-5f6d7c8b9f-q8zlm is not ready"),
    ("pods whose suffix has no digit", "web-7d9f8b6c5d-xzkdq evicted", "web-5f6d7c8b9f-qhzlm evicted"),
    (
        "pods before their namespace",
        "back-off restarting pod=web-7d9f8b6c5d-xzkdq_shop(550e8400-e29b-41d4-a716-446655440000)",
        "back-off restarting pod=web-5f6d7c8b9f-qhzlm_shop(00000000-e29b-41d4-a716-446655440001)",
    ),
    ("rows of PostgreSQL", "Key (name)=(ada) already exists.", "Key (name)=(bob the second) already exists."),
    ("rows of several columns", "Key (id, name)=(1, ada) is not present", "Key (id, name)=(2, bob) is not present"),
    ("pods of a daemon set", "fluentd-x2k4q evicted", "fluentd-9zq7b evicted"),
    ("pods in a namespace", "default/web-7d9f8b6c5d-x2k4q evicted", "default/web-5f6d7c8b9f-q8zlm evicted"),
    ("pods of a stateful set", "db-0 is not ready", "db-2 is not ready"),
    ("ULIDs", "no job 01ARZ3NDEKTSV4RRFFQ69G5FAV", "no job 01HZX5GQ7M8K3N9P2R4T6V8W0Y"),
    ("KSUIDs", "no job 0ujtsYcgvSTl8PAuAdqWYSMnLOv", "no job 2Zx7Kq1mVnB4cTgYhP9sRwLdEaF"),
    ("xids", "no job 9m4e2mr0ui3e8a215n4g", "no job c8q1t7s2u4v9k3m5p0xg"),
    ("cuids", "no cart clh3x2k9q0000356k8h9d2l1m", "no cart cm1a7zz4p0009t8xvqk3n5b2w"),
    ("ObjectIds", "no cart 507f1f77bcf86cd799439011", "no cart 65a1b2c3d4e5f60718293a4b"),
    (
        "ObjectIds in their function",
        'no ObjectId("507f1f77bcf86cd799439011")',
        'no ObjectId("65a1b2c3d4e5f60718293a4b")',
    ),
    ("instances of AWS", "i-0abc1234def567890 stopped", "i-0ff9987766aabbcc1 stopped"),
    ("old instances of AWS", "i-1a2b3c4d stopped", "i-9f8e7d6c stopped"),
    ("volumes of AWS", "vol-0abc1234def567890 is full", "vol-0ff9987766aabbcc1 is full"),
    ("subnets of AWS", "no subnet-0bb1c79de3EXAMPLE1", "no subnet-0aa2d88ef4EXAMPLE2"),
    ("keys of a cache", "no value for key 'ada'", "no value for key 'bob'"),
    (
        "what MySQL has already",
        "Duplicate entry 'ada' for key 'users.name'",
        "Duplicate entry 'bob' for key 'users.name'",
    ),
    ("words in English quotes", "no user “ada” here", "no user “bob” here"),
    ("words in single quotes", "no user ‘ada’ here", "no user ‘bob’ here"),
    ("words in German quotes", "kein Nutzer „ada“ da", "kein Nutzer „bob“ da"),
    ("words in Polish quotes", "brak „ada” tu", "brak „bob” tu"),
    ("words in French quotes", "pas de « ada » ici", "pas de « bob le second » ici"),
    ("words in Swiss quotes", "pas de ‹ada› ici", "pas de ‹bob› ici"),
    ("words in Chinese, which has no spaces", "用户“张三”不存在", "用户“李四”不存在"),
    ("words in Japanese quotes", "利用者「花子」がいません", "利用者「太郎」がいません"),
    ("words in straight quotes", "no user 'ada'", "no user 'bob'"),
    ("addresses in memory", "<Cart object at 0x7f12aa>", "<Cart object at 0x9e22bb>"),
    ("addresses with a capital X", "fault at 0X7F12AA", "fault at 0X9E22BB"),
    ("addresses without 0x", "fault at 00007fff5fbff8c0", "fault at 00007ffee4b1a9d8"),
    ("numbered orders", "order17 failed", "order18 failed"),
    ("numbered orders in capitals", "no order ORD-10042", "no order ORD-10043"),
    ("tickets that begin a message", "CART-12 is empty", "CART-13 is empty"),
    ("stock-keeping units", "no stock of SKU12345", "no stock of SKU54321"),
    ("stock-keeping units that begin a message", "SKU12345 is sold out", "SKU54321 is sold out"),
    ("orders as a title", "ORD-10042: payment declined", "ORD-10043: payment declined"),
    ("codes of coupons", "no coupon with code AB12345", "no coupon with code AB54321"),
    ("orders behind a colon", "no order: AB12345", "no order: AB54321"),
    ("numbered workers", "worker-3 died", "worker-12 died"),
    ("numbered threads", "in pool-1-thread-3", "in pool-2-thread-17"),
    ("UUIDs", "id 550e8400-e29b-41d4-a716-446655440000", "id 00000000-e29b-41d4-a716-446655440001"),
    ("UUIDs behind a prefix", "req:550e8400-e29b-41d4-a716-446655440000", "req:00000000-e29b-41d4-a716-446655440001"),
    ("files with a hash", "no chunk main.3f2a9c1b.js", "no chunk main.99aabbcc.js"),
    ("ids in an ARN", "arn:aws:ecs:::task/9f8e7d6c5b4a denied", "arn:aws:ecs:::task/1a2b3c4d5e6f denied"),
]

DIFFERENT = [
    ("ordinary words", "disk full", "disk gone"),
    ("long words", "telecommunications failed", "internationalization failed"),
    ("words with a hyphen", "left-handed customers only", "right-handed customers only"),
    ("classes", "AbstractSingletonProxyFactoryBean failed", "UserDoesNotExistErrorHandler failed"),
    ("classes with acronyms", "XMLHttpRequestFailed", "HTTPSConnectionPool"),
    ("classes of short words", "IsNotInMyListOfThings", "IsNotOnTheTopOfMyMap"),
    ("classes with digits", "Base64DecodeError", "Base32DecodeError"),
    ("classes with versions", "Http2StreamReset", "Http3StreamReset"),
    ("functions", "getUserByEmailAddress returned nothing", "getTeamByEmailAddress returned nothing"),
    ("functions of C", "X509_get_ext_d2i failed", "X509_add_ext_i2d failed"),
    ("names with underscores", "checkout_session_completed", "checkout_session_expired"),
    ("names with hyphens", "no index order-lines-by-customer", "no index order-lines-by-product"),
    ("dotted names", "org.acme.shop.CartService", "org.acme.shop.UserService"),
    ("constants", "ERR_SSL_PROTOCOL_ERROR", "ERR_SSL_VERSION_OR_CIPHER_MISMATCH"),
    ("constants with digits", "net::ERR_QUIC_PROTOCOL_ERROR", "net::ERR_HTTP2_PROTOCOL_ERROR"),
    ("constants that differ in a digit", "ERR_HTTP2_PROTOCOL_ERROR", "ERR_HTTP3_PROTOCOL_ERROR"),
    ("codes of Node", "connect ECONNRESET", "connect ECONNREFUSED"),
    ("codes of Oracle", "ORA-00942: table or view does not exist", "ORA-01017: table or view does not exist"),
    ("codes of Oracle in a sentence", "got ORA-00942 again", "got ORA-01017 again"),
    ("codes of Oracle in brackets", "query failed (ORA-00942)", "query failed (ORA-01017)"),
    ("codes of MongoDB", "E11000 duplicate key", "E11602 duplicate key"),
    ("codes of MongoDB behind a class", "MongoServerError: E11000", "MongoServerError: E11602"),
    ("codes of TypeScript", "error TS2304: no name", "error TS2551: no name"),
    ("codes of C#", "error CS0103 in a file", "error CS0246 in a file"),
    ("codes of Rust", "error[E0425]: not found", "error[E0433]: not found"),
    ("states of SQL", "SQLSTATE[42S02]: failed", "SQLSTATE[42S22]: failed"),
    ("unheard-of codes behind *error*", "error XQ123 from the bank", "error XQ456 from the bank"),
    ("unheard-of codes behind an exception", "BankError: XQ123", "BankError: XQ456"),
    ("unheard-of codes in brackets", "refused (error code: XQ123)", "refused (error code: XQ456)"),
    ("encodings", "unknown charset utf8mb4", "unknown charset utf8mb3"),
    ("encodings of a pair", "charset=utf8mb4", "charset=utf8mb3"),
    ("encodings with a hyphen", "cannot decode UTF-8", "cannot decode UTF-16"),
    ("encodings of ISO", "cannot decode ISO-8859-1", "cannot decode ISO-8859-15"),
    ("hashes", "no algorithm sha256", "no algorithm sha512"),
    ("hashes with a hyphen", "no algorithm SHA-1", "no algorithm SHA-256"),
    ("checksums", "bad md5", "bad crc32"),
    ("machines", "no build for x86_64", "no build for x86"),
    ("machines of several makers", "no build for arm64", "no build for amd64"),
    ("protocols", "HTTP2 stream closed", "HTTP3 stream closed"),
    ("protocols with a slash", "HTTP/1.1 stream closed", "HTTP/2 stream closed"),
    ("versions of TLS", "TLSv1.2 refused", "TLSv1.3 refused"),
    ("sign-ins", "oauth2 failed", "oauth1 failed"),
    ("addresses of the network", "no IPv6 route", "no IPv4 route"),
    ("types", "overflow of int32", "overflow of int64"),
    ("keys", "bad ed25519 key", "bad ed448 key"),
    ("algorithms of tokens", "no key for RS256", "no key for HS256"),
    ("files", "no file settings.toml", "no file settings.yaml"),
    ("long files", "no AbstractProxyFactoryBean.java", "no AbstractServiceFactoryBean.java"),
    ("types of media", "no parser for application/json", "no parser for application/xml"),
    ("a token and a word", "bad value dQw4w9WgXcQ", "bad value missing"),
    ("an id and a code", "error TS2304", "error V1StGXR8_Z5jdHi6B-myT"),
    ("deployments of pods", "web-7d9f8b6c5d-x2k4q evicted", "api-7d9f8b6c5d-x2k4q evicted"),
    ("suffixes that are words", "job-clean evicted", "job-build evicted"),
    ("kinds of Stripe's ids", "no such ch_3MtwBwLkdIwHu7ix28a3tqPa", "no such charge"),
    ("names of code in English quotes", "no attribute “total”", "no attribute “sum”"),
    ("columns of PostgreSQL's keys", "Key (name)=(ada) already exists.", "Key (email)=(ada) already exists."),
    ("namespaces of pods", "web-7d9f8b6c5d-xzkdq_shop evicted", "web-7d9f8b6c5d-xzkdq_test evicted"),
    ("columns that begin a message", "Column 'email' cannot be null", "Column 'name' cannot be null"),
    ("tables of MySQL", "Table 'shop.carts' doesn't exist", "Table 'shop.users' doesn't exist"),
    ("keys of MySQL", "Duplicate entry 'ada' for key 'users.email'", "Duplicate entry 'ada' for key 'users.name'"),
    ("classes of PHP", r'Class "Shop\Cart" not found', r'Class "Shop\User" not found'),
    ("keys of PHP's arrays", 'Undefined array key "cart"', 'Undefined array key "user"'),
    ("what a module lacks", "cannot import name 'Cart' from 'shop'", "cannot import name 'User' from 'shop'"),
    (
        "arguments that are missing",
        "pay() missing 1 required positional argument: 'cart'",
        "pay() missing 1 required positional argument: 'user'",
    ),
    (
        "arguments with a name that are missing",
        "pay() missing 1 required keyword-only argument: 'cart'",
        "pay() missing 1 required keyword-only argument: 'user'",
    ),
    ("apostrophes that are set", "can’t open the users’ cart", "can’t close the users’ cart"),
    ("what stands around a quote", "“ada” is unknown", "“ada” is deactivated"),
    ("what stands behind an unclosed quote", "no “cart", "no “shop"),
    ("keys of pairs", "user=V1StGXR8_Z5jdHi6B-myT", "team=V1StGXR8_Z5jdHi6B-myT"),
    ("acronyms with a letter that Slack uses", "TIMEOUT30S", "TRANSPORT2"),
    ("methods of requests", "GET /cart/17", "PUT /cart/17"),
    ("what a request asks for", "GET /cart/17", "GET /user/17"),
]


def name(pair: tuple[str, str, str]) -> str:
    return pair[0]


@pytest.mark.parametrize("pair", SAME, ids=name)
def test_an_id_of_one_run_makes_no_new_problem(pair: tuple[str, str, str]) -> None:
    _, one, other = pair

    assert parameterise(one) == parameterise(other)


@pytest.mark.parametrize("pair", DIFFERENT, ids=name)
def test_a_name_that_somebody_wrote_makes_another_problem(pair: tuple[str, str, str]) -> None:
    _, one, other = pair

    assert parameterise(one) != parameterise(other)


BASE62 = string.ascii_letters + string.digits
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
UNSPEAKABLE = "bcdfghjklmnpqrstvwxz2456789"


@pytest.mark.parametrize(
    ("prefix", "signs", "length", "percent"),
    [
        ("", f"{BASE62}_-", 21, 4),
        ("", BASE62, 24, 1),
        ("pi_3", BASE62, 23, 1),
        ("01", CROCKFORD, 24, 0),
        ("C0", string.ascii_uppercase + string.digits, 9, 0),
        ("", "0123456789abcdefghijklmnopqrstuv", 20, 2),
        ("web-7d9f8b6c5d-", UNSPEAKABLE, 5, 0),
    ],
)
def test_hardly_an_id_that_is_drawn_is_mistaken_for_a_name(prefix: str, signs: str, length: int, percent: int) -> None:
    luck = random.Random(1)

    drawn = ["".join(luck.choices(signs, k=length)) for _ in range(2000)]
    templates = [parameterise(f"no session {prefix}{each}") for each in drawn]

    assert sum("<token>" not in template for template in templates) <= 2000 * percent / 100


WORDS = [word for _, one, other in SAME + DIFFERENT for word in (*one.split(" "), *other.split(" "))]


@given(words=st.lists(st.sampled_from(WORDS), max_size=12))
def test_a_template_is_its_own_template(words: list[str]) -> None:
    template = parameterise(" ".join(words))

    assert parameterise(template) == template or len(template) > MAX_PARAMETERISED
