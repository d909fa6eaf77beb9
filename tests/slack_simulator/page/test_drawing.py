"""How texts and blocks are drawn, and that nothing in them can become part of the page."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from slack_simulator.running import running_simulator

pytestmark = pytest.mark.browser

_PEOPLE = """{
  userName: (id) => ({U1: "Ada"})[id] ?? null, channelName: (id) => ({C1: "ops"})[id] ?? null,
  groupHandle: (id) => ({S1: "@oncall"})[id] ?? null, isMe: (id) => id === "U1",
}"""
_PLACE = (
    f"{{people: {_PEOPLE}, directory: {{users: {{}}, channels: []}}, chosen: () => undefined, use: () => undefined}}"
)


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    """The simulator's page with nothing on it, to draw single pieces with its own modules."""
    with running_simulator() as sim:
        page = browser.new_page(timezone_id="UTC")
        page.goto(sim.root)
        yield page
        page.close()


@pytest.fixture
def drawn(blank: Page) -> Callable[[str], str]:
    """The HTML of a mrkdwn text."""

    def draw(text: str) -> str:
        return blank.evaluate(
            f"""async (text) => {{
              const {{ mrkdwn }} = await import("/_page/static/mrkdwn.js");
              const box = document.createElement("div");
              box.append(...mrkdwn(text, {_PEOPLE}));
              return box.innerHTML;
            }}""",
            text,
        )

    return draw


@pytest.fixture
def blocks_on(blank: Page) -> Callable[[list[dict[str, Any]]], Page]:
    """Puts blocks on the page, alone."""

    def draw(blocks: list[dict[str, Any]]) -> Page:
        blank.evaluate(
            f"""async (blocks) => {{
              const {{ renderBlocks }} = await import("/_page/static/blocks.js");
              const box = document.createElement("div");
              box.id = "drawn";
              box.append(...renderBlocks(blocks, {_PLACE}));
              document.getElementById("drawn")?.remove();
              document.body.append(box);
            }}""",
            blocks,
        )
        return blank

    return draw


LINK = '<a href="https://e.example/a" target="_blank" rel="noopener noreferrer nofollow">{}</a>'
DRAWINGS = {
    "words": ("plain words", "plain words"),
    "bold": ("a *bold* word", "a <strong>bold</strong> word"),
    "italic": ("an _italic_ word", "an <em>italic</em> word"),
    "struck": ("a ~struck~ word", "a <s>struck</s> word"),
    "nested": ("*_both_*", "<strong><em>both</em></strong>"),
    "punctuation after": ("(*bold*), _so_!", "(<strong>bold</strong>), <em>so</em>!"),
    "signs in words": ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
    "signs beside spaces": ("* no * _ no _", "* no * _ no _"),
    "an unclosed sign": ("a *b", "a *b"),
    "two signs": ("a ** b", "a ** b"),
    "over lines": ("*a\nb*", "*a<br>b*"),
    "code": ("use `x *y* z`", "use <code>x *y* z</code>"),
    "fenced": ("see\n```a *b*\n  c```\nend", 'see<pre class="code-block">a *b*\n  c</pre>end'),
    "quote": ("&gt; said\n&gt; twice\nreply", "<blockquote>said<br>twice</blockquote>reply"),
    "lines": ("a\n\nb", "a<br><br>b"),
    "entities": ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 &lt; 2 &amp;&amp; 3 &gt; 2"),
    "escaped once": ("&amp;lt;", "&amp;lt;"),
    "a labelled link": ("<https://e.example/a|a *page*>", LINK.format("a *page*")),
    "a bare link": ("<https://e.example/a>", LINK.format("https://e.example/a")),
    "an address in words": ("at https://e.example/a.", f"at {LINK.format('https://e.example/a')}."),
    "a bold link": ("*<https://e.example/a|x>*", f"<strong>{LINK.format('x')}</strong>"),
    "mail": (
        "<mailto:a@e.example|a@e.example>",
        '<a href="mailto:a@e.example" target="_blank" rel="noopener noreferrer nofollow">a@e.example</a>',
    ),
    "me": ("<@U1>", '<span class="mention mention-self">@Ada</span>'),
    "a stranger": ("<@U9>", '<span class="mention">@U9</span>'),
    "a channel": ("<#C1|old>", '<span class="mention">#ops</span>'),
    "everybody": ("<!here>", '<span class="mention mention-self">@here</span>'),
    "a group": ("<!subteam^S1>", '<span class="mention">@oncall</span>'),
    "emoji": (
        ":fire:",
        '<span class="emoji" role="img" aria-label="fire" title=":fire:">🔥</span>',
    ),
    "no emoji": ("12:30:45 :nosuchthing:", "12:30:45 :nosuchthing:"),
    "an address that would run": ("<javascript:alert(1)|click>", "<span>click</span>"),
    "a tag": ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
    "a script": ("&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    "a label that would be a tag": ("<https://e.example/a|&lt;b&gt;x>", LINK.format("&lt;b&gt;x")),
}


@pytest.mark.parametrize(("text", "html"), DRAWINGS.values(), ids=DRAWINGS)
def test_a_text_is_drawn_as_slack_draws_it(drawn: Callable[[str], str], text: str, html: str) -> None:
    result = drawn(text)

    assert result == html


DATES = {
    "date_num": "2014-02-18",
    "date_slash": "02/18/2014",
    "date": "February 18th, 2014",
    "date_short": "Feb 18, 2014",
    "date_long": "Tuesday, February 18th, 2014",
    "time": "6:39 AM",
    "time_secs": "6:39:42 AM",
}


@pytest.mark.parametrize(("token", "words"), DATES.items(), ids=DATES)
def test_a_date_is_told_in_the_reader_s_own_time(drawn: Callable[[str], str], token: str, words: str) -> None:
    result = drawn(f"<!date^1392705582^on {{{token}}}|fallback>")

    assert f">on {words}</time>" in result.replace("\u202f", " ")


def test_a_date_that_is_none_shows_its_fallback(drawn: Callable[[str], str]) -> None:
    result = drawn("<!date^1392705582^{nonsense}|February>")

    assert ">February</time>" in result


def test_no_string_of_a_message_becomes_markup(blocks_on: Callable[[list[dict[str, Any]]], Page]) -> None:
    evil = '"><img src=x onerror="window.broken=1"><script>window.broken=1</script>'
    plain, mrkdwn = {"type": "plain_text", "text": evil}, {"type": "mrkdwn", "text": evil}
    option = {"text": plain, "value": evil, "description": plain}
    blocks = [
        {"type": "header", "block_id": evil, "text": plain},
        {"type": "section", "block_id": "b", "text": mrkdwn, "fields": [mrkdwn]},
        {"type": "context", "block_id": "c", "elements": [plain, mrkdwn]},
        {
            "type": "actions",
            "block_id": "d",
            "elements": [{"type": "button", "text": plain, "action_id": evil, "url": f"javascript:{evil}"}],
        },
        {
            "type": "input",
            "block_id": "e",
            "label": plain,
            "hint": plain,
            "element": {"type": "radio_buttons", "action_id": "f", "options": [option]},
        },
        {
            "type": "rich_text",
            "block_id": "g",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [{"type": "text", "text": evil}, {"type": "link", "url": f"javascript:{evil}"}],
                }
            ],
        },
        {"type": "markdown", "block_id": "h", "text": evil},
        {"type": "table", "block_id": "i", "rows": [[{"type": "raw_text", "text": evil}]]},
        {"type": evil, "block_id": "j"},
    ]

    page = blocks_on(blocks)

    expect(page.locator("#drawn img, #drawn script, #drawn a")).to_have_count(0)
    assert page.evaluate("window.broken") is None


def test_a_page_of_our_own_may_not_run_a_script_that_stands_in_it(blank: Page) -> None:
    ran = blank.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.inlined = true";
          document.body.append(script);
          return window.inlined === true;
        }"""
    )

    assert ran is False


def test_a_list_goes_on_counting_after_a_nested_one(blocks_on: Callable[[list[dict[str, Any]]], Page]) -> None:
    def items(style: str, indent: int, *texts: str) -> dict[str, Any]:
        lines = [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]} for text in texts]
        return {"type": "rich_text_list", "style": style, "indent": indent, "elements": lines}

    lists = [items("ordered", 0, "one", "two"), items("bullet", 1, "in between"), items("ordered", 0, "three")]

    page = blocks_on([{"type": "rich_text", "block_id": "a", "elements": lists}])

    assert [page.locator("#drawn ol").nth(place).evaluate("list => list.start") for place in range(2)] == [1, 3]


def test_a_table_has_a_head_and_aligned_columns(blocks_on: Callable[[list[dict[str, Any]]], Page]) -> None:
    rows = [
        [{"type": "raw_text", "text": "Name"}, {"type": "raw_text", "text": "Count"}],
        [{"type": "raw_text", "text": "a"}, {"type": "raw_number", "value": 3}],
    ]

    page = blocks_on([{"type": "table", "block_id": "a", "rows": rows, "column_settings": [{}, {"align": "right"}]}])

    expect(page.locator("#drawn th")).to_have_text(["Name", "Count"])
    expect(page.locator("#drawn td").nth(1)).to_have_css("text-align", "right")


def test_a_markdown_block_is_drawn_as_standard_markdown(blocks_on: Callable[[list[dict[str, Any]]], Page]) -> None:
    text = "# Title\n\n**bold** and *soft* [link](https://e.example/a)\n\n- one\n- two\n\n```py\nx = 1\n```"

    page = blocks_on([{"type": "markdown", "block_id": "a", "text": text}])

    expect(page.locator("#drawn h3")).to_have_text("Title")
    expect(page.locator("#drawn li")).to_have_text(["one", "two"])
    expect(page.locator("#drawn pre")).to_have_text("x = 1")
    expect(page.locator("#drawn a")).to_have_attribute("href", "https://e.example/a")


def test_a_block_that_the_page_cannot_draw_says_so(blocks_on: Callable[[list[dict[str, Any]]], Page]) -> None:
    page = blocks_on([{"type": "carousel", "block_id": "a", "elements": []}])

    expect(page.locator("#drawn")).to_contain_text("carousel block: Slack shows it, this page does not draw it.")
