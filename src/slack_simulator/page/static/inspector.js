// What a message or a view is made of, how near it is to Slack's limits, and what Slack would refuse in it.

import { act } from "./api.js";
import { renderBlocks } from "./blocks.js";
import { el, fill, settled } from "./dom.js";

const CUT_AT = 30;

/** A panel with a message's JSON; it can be changed to try what Slack would say, without sending anything. */
export function makeInspector(placeOf) {
  const field = el("textarea", { class: "inspector-json", spellcheck: "false", "aria-label": "Message as JSON" });
  const verdict = el("div", { class: "verdict", role: "status" });
  const preview = el("div", { class: "inspector-preview" });
  const node = el(
    "div",
    { class: "inspector" },
    el("div", { class: "inspector-left" }, field),
    el("div", { class: "inspector-right" }, verdict, el("h4", { text: "Preview" }), preview),
  );
  const ask = settled(() => judge(), 250);
  field.addEventListener("input", ask);

  const judge = async () => {
    let payload = null;
    try {
      payload = JSON.parse(field.value);
    } catch (broken) {
      return fill(verdict, el("p", { class: "verdict-bad", text: `No JSON: ${broken.message}` }));
    }
    const answer = await act("inspect", { payload });
    if (answer.error) return fill(verdict, el("p", { class: "verdict-bad", text: answer.error }));
    fill(verdict, ...sentences(payload, answer.result));
    if (!answer.result.problems.length) fill(preview, ...renderBlocks(payload.blocks ?? [], placeOf()));
    return undefined;
  };
  const open = (payload) => {
    field.value = JSON.stringify(payload, null, 2);
    judge();
  };
  open({
    text: "A fallback for notifications",
    blocks: [{ type: "section", text: { type: "mrkdwn", text: "*Try* a block here" } }],
  });
  return { node, open };
}

/** The part of a message that an app sent, as it would send it. */
export function sentPart(message) {
  return Object.fromEntries(
    Object.entries({
      text: message.text,
      blocks: message.blocks,
      attachments: message.attachments,
      metadata: message.metadata,
    }).filter(([, value]) => (Array.isArray(value) ? value.length : value)),
  );
}

function sentences(payload, { problems, most_characters: most }) {
  const blocks = payload.blocks ?? [];
  const characters = [...JSON.stringify(blocks)].length;
  const limit = payload.type ? 100 : 50;
  const found = problems.map((problem) =>
    el(
      "li",
      { class: "verdict-bad" },
      problem.message,
      " ",
      el("code", { text: problem.pointer || "(no place named)" }),
      problem.error && ` → ${problem.error}`,
    ),
  );
  return [
    found.length ? el("ul", {}, ...found) : el("p", { class: "verdict-good", text: "Slack would take this." }),
    el("p", {
      class: "tool-note",
      text: `${blocks.length} of ${limit} blocks, ${characters.toLocaleString("en-US")} of ${most.toLocaleString("en-US")} characters`,
    }),
    ...advice(payload, blocks).map((words) => el("p", { class: "verdict-advice", text: words })),
  ];
}

// What Slack takes and people then miss.
function advice(payload, blocks) {
  const elements = blocks
    .flatMap((block) => [...(block.elements ?? []), block.accessory])
    .filter((item) => item?.type === "button");
  const cut = elements.filter((item) => (item.text?.text?.length ?? 0) > CUT_AT);
  return [
    !payload.type && !payload.text && "Without text, notifications and screen readers have nothing to say.",
    cut.length &&
      `Slack cuts a button's text at about ${CUT_AT} characters: ${cut.map((item) => item.text.text).join(", ")}`,
  ].filter(Boolean);
}
