import pytest

from tocsin.http.addresses import local_path


@pytest.mark.parametrize("asked", ["/", "/acme/issues/?q=a%20b&page=2", "/acme/issues/7/#activity"])
def test_a_path_of_our_own_is_where_somebody_goes_after_signing_in(asked):
    assert local_path(asked) == asked


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "acme/issues/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/%09/evil.example\n",
        "/acme\\..\\evil",
        " /acme/",
        "/acme/\x00",
        "/ac\u00adme",
    ],
)
def test_nobody_is_sent_elsewhere_by_a_link_that_names_us(asked):
    assert local_path(asked, default="/home") == "/home"
