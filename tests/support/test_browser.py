"""The browser that tests are given."""

import pytest


@pytest.mark.browser
def test_a_page_is_drawn(page):
    page.set_content("<h1>Tocsin</h1>")

    assert page.get_by_role("heading").inner_text() == "Tocsin"


@pytest.mark.browser
def test_each_test_has_storage_of_its_own(page):
    assert page.context.cookies() == []
