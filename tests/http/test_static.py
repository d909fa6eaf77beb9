from starlette.applications import Starlette
from starlette.testclient import TestClient

from tocsin.http.static import FILES, static_address, static_routes

CLIENT = TestClient(Starlette(routes=static_routes()))


def test_a_file_whose_address_names_its_content_is_kept_for_ever():
    response = CLIENT.get(static_address("tocsin.css"))

    assert response.status_code == 200
    assert "immutable" in response.headers["Cache-Control"]


def test_a_file_of_another_version_is_asked_for_each_time():
    response = CLIENT.get("/static/tocsin.css?v=older")

    assert response.headers["Cache-Control"] == "no-cache"


def test_a_browser_that_has_the_file_gets_no_copy():
    etag = CLIENT.get("/static/htmx.js").headers["ETag"]

    response = CLIENT.get("/static/htmx.js", headers={"If-None-Match": etag})

    assert (response.status_code, response.content) == (304, b"")


def test_only_the_files_of_pages_are_given_out():
    responses = [CLIENT.get(path) for path in ("/static/htmx.LICENSE", "/static/..%2fpages.py", "/static/none.css")]

    assert [response.status_code for response in responses] == [404, 404, 404]


def test_every_file_says_what_it_is():
    assert {name: CLIENT.get(f"/static/{name}").headers["Content-Type"] for name in FILES} == {
        "bell.svg": "image/svg+xml",
        "htmx.js": "text/javascript; charset=utf-8",
        "issue.css": "text/css; charset=utf-8",
        "issues.css": "text/css; charset=utf-8",
        "issues.js": "text/javascript; charset=utf-8",
        "rules.css": "text/css; charset=utf-8",
        "tocsin.css": "text/css; charset=utf-8",
        "tocsin.js": "text/javascript; charset=utf-8",
    }
