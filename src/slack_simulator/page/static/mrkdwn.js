// Slack's mrkdwn as nodes (docs.slack.dev/messaging/formatting-message-text). `people` knows names: see naming.js.

import { formatDate } from "./dates.js";
import { el, link } from "./dom.js";
import { emoji } from "./emoji.js";

const FENCE = /```\n?([\s\S]+?)\n?```/;
const STYLES = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;

/** Nodes for `text`. With `verbatim`, bare addresses are not made into links. */
export function mrkdwn(text, people, { verbatim = false } = {}) {
  const nodes = [];
  const parts = text.split(FENCE);
  parts.forEach((part, place) => {
    if (place % 2) nodes.push(el("pre", { class: "code-block" }, ...inlineOnly(part, people)));
    else nodes.push(...paragraphs(trimAroundFence(part, place, parts.length), people, verbatim));
  });
  return nodes;
}

/** Nodes for a `plain_text` object: its words, with emoji unless `emoji` is false. */
export function plainText(object) {
  if (object.emoji === false) return [object.text];
  return object.text.split(/(:[\w+'-]+:)/).map((part) => emojiNode(part) ?? part);
}

/** A `plain_text` or `mrkdwn` object. */
export function textObject(object, people) {
  if (object.type === "plain_text") return breakLines(plainText(object));
  return mrkdwn(object.text, people, { verbatim: object.verbatim === true });
}

export function mention(label, { self = false } = {}) {
  return el("span", { class: self ? "mention mention-self" : "mention", text: label });
}

export function emojiNode(written) {
  const name = /^:([\w+'-]+):$/.exec(written)?.[1];
  const sign = name && emoji(name);
  return sign ? el("span", { class: "emoji", role: "img", "aria-label": name, title: written, text: sign }) : null;
}

function trimAroundFence(part, place, count) {
  const before = place < count - 1 ? part.replace(/\n$/, "") : part;
  return place > 0 ? before.replace(/^\n/, "") : before;
}

// Consecutive lines that begin with > become one quote; the rest keep their line breaks.
function paragraphs(text, people, verbatim) {
  const nodes = [];
  let quoted = [];
  let lines = [];
  const flush = () => {
    if (quoted.length) nodes.push(el("blockquote", {}, ...inline(quoted.join("\n"), people, verbatim)));
    if (lines.length) nodes.push(...inline(lines.join("\n"), people, verbatim));
    [quoted, lines] = [[], []];
  };
  const all = text.split("\n");
  all.forEach((line, place) => {
    const quote = /^(?:&gt;|>)(?:&gt;&gt;|>>)? ?(.*)$/.exec(line);
    if (quote && !quoted.length) flush();
    if (quote) quoted.push(quote[1]);
    else {
      if (quoted.length) flush();
      lines.push(line);
      if (place === all.length - 1) flush();
    }
  });
  flush();
  return nodes;
}

function inline(text, people, verbatim) {
  const nodes = [];
  let plain = "";
  const say = (...more) => {
    if (plain) nodes.push(...breakLines([decoded(plain)]));
    plain = "";
    nodes.push(...more);
  };
  for (let place = 0; place < text.length;) {
    const rest = text.slice(place);
    const before = place ? text[place - 1] : " ";
    const found =
      special(rest, people) ??
      code(rest) ??
      styled(rest, before, people, verbatim) ??
      shortcode(rest, before) ??
      (verbatim ? null : bareLink(rest, before));
    if (found) {
      say(found.node);
      place += found.length;
    } else {
      plain += text[place];
      place += 1;
    }
  }
  say();
  return nodes;
}

function inlineOnly(text, people) {
  return text.split(/(<[^<>\n]+>)/).map((part) => special(part, people)?.node ?? decoded(part));
}

// <@U1>, <#C1|ops>, <!here>, <!date^…>, <https://…|label>
function special(rest, people) {
  const found = /^<([@#!]?)([^<>\n|]+)(?:\|([^<>\n]*))?>/.exec(rest);
  if (!found) return null;
  const [whole, kind, target, label] = found;
  return { node: SPECIALS[kind](target, label, people, whole), length: whole.length };
}

const SPECIALS = {
  "@": (user, label, people) => mention(`@${people.userName(user) ?? label ?? user}`, { self: people.isMe(user) }),
  "#": (channel, label, people) => mention(`#${people.channelName(channel) ?? label ?? channel}`),
  "!": (command, label, people) => {
    const [name, ...given] = command.split("^");
    if (name === "date") return dateNode(given, label);
    if (name === "subteam") return mention(people.groupHandle(given[0]) ?? label ?? given[0]);
    return mention(`@${label ?? name}`, { self: true });
  },
  "": (target, label, people, whole) => {
    const address = decoded(target);
    if (!/^[a-z][a-z0-9+.-]*:/i.test(address)) return document.createTextNode(decoded(whole));
    return link(address, ...(label ? inlineLabel(label) : [address.replace(/^mailto:/, "")]));
  },
};

function inlineLabel(label) {
  return label.split(/(:[\w+'-]+:)/).map((part) => emojiNode(part) ?? decoded(part));
}

function dateNode([seconds, format, address], fallback) {
  const text = formatDate(seconds, format ?? "") ?? decoded(fallback ?? "");
  const shown = el("time", { class: "date", title: new Date(Number(seconds) * 1000).toString(), text });
  return address ? link(decoded(address), shown) : shown;
}

function code(rest) {
  const found = /^`([^`\n]+)`/.exec(rest);
  return (
    found && {
      node: el("code", { text: decoded(found[1].replace(/<[^<>|]*\|([^<>]*)>/g, "$1")) }),
      length: found[0].length,
    }
  );
}

// A sign opens where no word precedes it and no space follows, and closes the other way round.
function styled(rest, before, people, verbatim) {
  const tag = STYLES[rest[0]];
  if (!tag || WORD.test(before) || before === rest[0] || /^.\s/.test(rest) || rest[1] === rest[0]) return null;
  for (let end = rest.indexOf(rest[0], 2); end > 0; end = rest.indexOf(rest[0], end + 1)) {
    const inner = rest.slice(1, end);
    if (inner.includes("\n")) return null;
    const closes = !/\s$/.test(inner) && !WORD.test(rest[end + 1] ?? " ") && balanced(inner);
    if (closes) return { node: el(tag, {}, ...inline(inner, people, verbatim)), length: end + 1 };
  }
  return null;
}

// A sign within <…> or `…` is no sign.
function balanced(inner) {
  return inner.split("<").length === inner.split(">").length && inner.split("`").length % 2 === 1;
}

function shortcode(rest, before) {
  const found = /^:[\w+'-]+:(?::skin-tone-\d:)?/.exec(rest);
  const node = found && !WORD.test(before) && emojiNode(found[0].replace(/:skin-tone-\d:$/, ""));
  return node ? { node, length: found[0].length } : null;
}

function bareLink(rest, before) {
  const found = /^https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)\]'"*_~]/i.exec(rest);
  if (!found || WORD.test(before)) return null;
  const address = decoded(found[0]);
  return { node: link(address, address), length: found[0].length };
}

function breakLines(nodes) {
  return nodes.flatMap((node) =>
    typeof node === "string" ? node.split("\n").flatMap((line, place) => (place ? [el("br"), line] : [line])) : [node],
  );
}

function decoded(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}
