from tests.web import events


def act(world, person, issue_id, **fields):
    return world.browser_of(person).post(f"/acme/issues/{issue_id}/act/", fields)


def page_of(world, person, issue_id):
    return world.browser_of(person).get(f"/acme/issues/{issue_id}/")


def test_a_merged_issue_leads_to_the_one_that_it_is_a_part_of_and_can_be_taken_out(world):
    first = world.report("web", events.division())
    second = world.report("web", events.message("something else"))

    act(world, "ada", second, action="merge", into="WEB-1")
    led = page_of(world, "ada", second)
    page = page_of(world, "ada", first).text
    fingerprint = page.split('name="fingerprint" value="')[2][:32]
    act(world, "ada", first, action="unmerge", fingerprint=fingerprint)

    assert (led.status_code, led.headers["Location"]) == (303, f"/acme/issues/{first}/")
    assert '<b>Ada</b> merged <a href="/acme/issues/WEB-2/">WEB-2</a> into WEB-1' in page
    assert page_of(world, "ada", second).status_code == 200


def test_an_issue_that_is_not_there_is_told_on_the_page(world):
    first = world.report("web", events.division())

    response = act(world, "ada", first, action="merge", into='WEB-99"')

    assert response.status_code == 404
    assert (
        '<p class="refusal" role="alert">There is no issue &#39;WEB-99&#34;&#39; in this project.</p>' in response.text
    )
    assert '<input name="into" value="WEB-99&#34;"' in response.text
    assert '<nav class="sections"' in response.text


def test_a_link_elsewhere_stands_on_the_page_until_it_is_unlinked(world):
    issue_id = world.report("web", events.division())
    url = "https://github.com/acme/shop/issues/12"

    act(world, "ada", issue_id, action="link", url=url)
    linked = page_of(world, "ada", issue_id).text
    act(world, "ada", issue_id, action="unlink", url=url)

    link = f'href="{url}" rel="noreferrer" target="_blank">GitHub acme/shop#12</a>'
    assert link in linked
    assert link not in page_of(world, "ada", issue_id).text


def test_what_could_not_be_linked_or_said_stays_in_its_field(world):
    issue_id = world.report("web", events.division())

    linked = act(world, "ada", issue_id, action="link", url="not an address")
    said = act(world, "ada", issue_id, action="comment", text="x" * 10_001)

    assert '<input type="url" name="url" value="not an address"' in linked.text
    assert (said.status_code, "x" * 10_001 + "</textarea>" in said.text) == (400, True)


def test_an_address_that_runs_a_script_is_refused(world):
    issue_id = world.report("web", events.division())

    response = act(world, "ada", issue_id, action="link", url="javascript:alert(1)")

    assert response.status_code == 400
    assert "Give the address of the other issue" in response.text
