// Block Kit blocks as nodes. `place` says where they stand: `people`, `use(block, element, chosen)`, `chosen(block, element)`.

import { element as renderElement } from "./elements.js";
import { el, link } from "./dom.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { plainText, textObject } from "./mrkdwn.js";
import { richText } from "./rich_text.js";

/** Nodes for `blocks`, in order. */
export function renderBlocks(blocks, place) {
  return blocks.map((block) => {
    const draw = BLOCKS[block.type];
    const node = el("div", { class: `block block-${block.type}`, "data-block-id": block.block_id });
    node.append(...(draw ? [draw(block, place)].flat() : [undrawn(block)]).filter(Boolean));
    return node;
  });
}

/** A picture, or its words where it cannot be loaded. */
export function picture(url, words, className) {
  const image = el("img", {
    class: className,
    src: url,
    alt: words,
    title: words,
    loading: "lazy",
    referrerpolicy: "no-referrer",
  });
  image.addEventListener("error", () =>
    image.replaceWith(el("span", { class: "picture-missing", text: words || "picture" })),
  );
  return image;
}

const BLOCKS = {
  section: (block, place) => {
    const text = block.text && el("div", { class: "text" }, ...textObject(block.text, place.people));
    const fields =
      block.fields &&
      el(
        "div",
        { class: "fields" },
        ...block.fields.map((field) => el("div", { class: "field text" }, ...textObject(field, place.people))),
      );
    const accessory =
      block.accessory &&
      el(
        "div",
        { class: "accessory" },
        block.accessory.type === "image"
          ? picture(block.accessory.image_url, block.accessory.alt_text, "accessory-image")
          : renderElement(block, block.accessory, place),
      );
    return [el("div", { class: "section-body" }, text, fields), accessory];
  },
  header: (block) => el("h3", { class: "header-text" }, ...plainText(block.text)),
  divider: () => el("hr"),
  context: (block, place) =>
    block.elements.map((item) =>
      item.type === "image"
        ? picture(item.image_url, item.alt_text, "context-image")
        : el("span", { class: "context-text" }, ...textObject(item, place.people)),
    ),
  actions: (block, place) => block.elements.map((item) => renderElement(block, item, place)),
  context_actions: (block, place) => block.elements.map((item) => renderElement(block, item, place)),
  image: (block) =>
    el(
      "figure",
      {},
      block.title && el("figcaption", {}, ...plainText(block.title)),
      picture(block.image_url ?? "", block.alt_text, "block-picture"),
    ),
  rich_text: (block, place) => richText(block, place.people),
  markdown: (block) => markdown(block.text),
  input: (block, place) => input(block, place),
  table: (block, place) => table(block, place),
  data_table: (block, place) => table(block, place),
  alert: (block, place) =>
    el(
      "div",
      { class: `alert alert-${block.level ?? "default"}`, role: "note" },
      icon("warning"),
      el("div", { class: "text" }, ...textObject(block.text, place.people)),
    ),
  video: (block) =>
    el(
      "div",
      {},
      link(block.title_url ?? block.video_url, ...plainText(block.title)),
      picture(block.thumbnail_url, block.alt_text, "block-picture"),
    ),
  file: (block) => el("span", { text: `File ${block.external_id}` }),
};

function input(block, place) {
  const id = `input-${block.block_id}`;
  const label = el(
    "label",
    { class: "input-label", for: id, id: `${id}-label` },
    ...plainText(block.label),
    block.optional && el("span", { class: "optional", text: " (optional)" }),
  );
  const control = renderElement(block, block.element, { ...place, id, labelledBy: `${id}-label` });
  const hint = block.hint && el("div", { class: "hint" }, ...plainText(block.hint));
  const wrong = place.error?.(block);
  const error = el("div", { class: "input-error", role: "alert", id: `${id}-error` });
  if (wrong) error.append(icon("warning", 16), wrong);
  return [label, control, error, hint];
}

function table(block, place) {
  const settings = block.column_settings ?? [];
  const cell = (content, column, tag) => {
    const inner =
      content.type === "rich_text" ? richText(content, place.people) : [content.text ?? String(content.value)];
    return el(tag, { class: `align-${settings[column]?.align ?? "left"}` }, ...inner);
  };
  const [head, ...body] = block.rows.map((row, number) =>
    el("tr", {}, ...row.map((content, column) => cell(content, column, number ? "td" : "th"))),
  );
  const caption = block.caption && el("caption", { text: block.caption });
  return el(
    "div",
    { class: "table-scroll" },
    el("table", {}, caption, el("thead", {}, head), el("tbody", {}, ...body)),
  );
}

function undrawn(block) {
  return el(
    "div",
    { class: "undrawn" },
    el("strong", { text: block.type }),
    " block: Slack shows it, this page does not draw it.",
  );
}
