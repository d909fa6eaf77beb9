// rich_text blocks (docs.slack.dev/reference/block-kit/blocks/rich-text-block).

import { formatDate } from "./dates.js";
import { el, link } from "./dom.js";
import { emojiNode, mention } from "./mrkdwn.js";

const STYLE_TAGS = { code: "code", bold: "strong", italic: "em", strike: "s", underline: "u" };

export function richText(block, people) {
  const lists = [];
  return block.elements.map((element) => {
    const line = () => element.elements.flatMap((part) => renderPart(part, people));
    switch (element.type) {
      case "rich_text_preformatted":
        return el("pre", { class: "code-block" }, ...line());
      case "rich_text_quote":
        return el("blockquote", {}, ...line());
      case "rich_text_list":
        return list(element, people, lists);
      default:
        return el("div", { class: "rich-section" }, ...line());
    }
  });
}

// Slack sends a nested list as a flat run of lists, so a list continues the counting of the last one of its indent.
function list(element, people, counts) {
  const indent = element.indent ?? 0;
  const start = (element.offset ?? counts[indent] ?? 0) + 1;
  counts.length = indent + 1;
  counts[indent] = start - 1 + element.elements.length;
  const tag = element.style === "ordered" ? "ol" : "ul";
  const items = element.elements.map((item) =>
    el("li", {}, ...item.elements.flatMap((part) => renderPart(part, people))),
  );
  const node = el(tag, { class: `rich-list indent-${indent}` }, ...items);
  if (tag === "ol") node.start = start;
  return node;
}

function renderPart(part, people) {
  const nodes = PARTS[part.type]?.(part, people) ?? [part.type];
  return Object.entries(STYLE_TAGS).reduce(
    (inner, [style, tag]) => (part.style?.[style] ? [el(tag, {}, ...inner)] : inner),
    nodes,
  );
}

const PARTS = {
  text: (part) => part.text.split("\n").flatMap((line, place) => (place ? [el("br"), line] : [line])),
  link: (part) => [link(part.url, part.text || part.url)],
  user: (part, people) => [
    mention(`@${people.userName(part.user_id) ?? part.user_id}`, { self: people.isMe(part.user_id) }),
  ],
  usergroup: (part, people) => [mention(people.groupHandle(part.usergroup_id) ?? part.usergroup_id)],
  channel: (part, people) => [mention(`#${people.channelName(part.channel_id) ?? part.channel_id}`)],
  team: (part) => [mention(part.team_id)],
  broadcast: (part) => [mention(`@${part.range}`, { self: true })],
  emoji: (part) => [emojiNode(`:${part.name}:`) ?? `:${part.name}:`],
  color: (part) => [el("code", { text: part.value })],
  date: (part) => {
    const text = formatDate(part.timestamp, part.format) ?? part.fallback ?? String(part.timestamp);
    return [part.url ? link(part.url, text) : el("time", { class: "date", text })];
  },
};
