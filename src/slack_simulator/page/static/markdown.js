// `markdown` blocks: the part of standard Markdown that messages use.

import { el, link } from "./dom.js";
import { emojiNode } from "./mrkdwn.js";

const INLINE = [
  [/^`([^`]+)`/, (found) => el("code", { text: found[1] })],
  [/^\*\*(.+?)\*\*/, (found) => el("strong", {}, ...inline(found[1]))],
  [/^~~(.+?)~~/, (found) => el("s", {}, ...inline(found[1]))],
  [/^[*_](\S.*?)[*_]/, (found) => el("em", {}, ...inline(found[1]))],
  [/^\[([^\]]+)\]\(([^()\s]+)\)/, (found) => link(found[2], ...inline(found[1]))],
  [/^:[\w+'-]+:/, (found) => emojiNode(found[0]) ?? found[0]],
];

export function markdown(text) {
  return text.split(/(```[\s\S]*?```)/).flatMap((part) =>
    part.startsWith("```")
      ? [el("pre", { class: "code-block", text: part.replace(/^```\w*\n?|\n?```$/g, "") })]
      : part
          .split(/\n{2,}/)
          .filter((paragraph) => paragraph.trim())
          .map(paragraphNode),
  );
}

function paragraphNode(text) {
  const lines = text.trim().split("\n");
  const heading = /^(#{1,6}) (.*)$/.exec(lines[0]);
  if (heading && lines.length === 1) return el("h3", { class: "header-text" }, ...inline(heading[2]));
  const bullets = lines.every((line) => /^\s*[-*] /.test(line));
  const numbers = lines.every((line) => /^\s*\d+[.)] /.test(line));
  if (bullets || numbers) {
    const items = lines.map((line) => el("li", {}, ...inline(line.replace(/^\s*(?:[-*]|\d+[.)]) /, ""))));
    return el(bullets ? "ul" : "ol", { class: "rich-list indent-0" }, ...items);
  }
  if (lines.every((line) => line.startsWith(">"))) {
    return el("blockquote", {}, ...inline(lines.map((line) => line.replace(/^> ?/, "")).join("\n")));
  }
  return el("p", {}, ...lines.flatMap((line, place) => (place ? [el("br"), ...inline(line)] : inline(line))));
}

function inline(text) {
  const nodes = [];
  let plain = "";
  for (let place = 0; place < text.length;) {
    const rest = text.slice(place);
    const rule = INLINE.find(([pattern]) => pattern.test(rest));
    if (rule) {
      const found = rule[0].exec(rest);
      nodes.push(plain, rule[1](found));
      plain = "";
      place += found[0].length;
    } else {
      plain += text[place];
      place += 1;
    }
  }
  return [...nodes, plain].filter((node) => node !== "");
}
