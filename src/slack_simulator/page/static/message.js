// One message: who, when, what it says, and what hangs under it.

import { renderBlocks, picture } from "./blocks.js";
import { age, clockTime, dayName, whenOf } from "./dates.js";
import { el, link } from "./dom.js";
import { emoji } from "./emoji.js";
import { icon } from "./icons.js";
import { mrkdwn, plainText } from "./mrkdwn.js";
import { avatar, displayName } from "./naming.js";

// Messages of one author closer together than this stand under one name.
const TOGETHER_SECONDS = 300;

/** Fill `list` with `messages`, keeping the nodes of those that have not changed, and a line for each new day. */
export function renderMessages(list, messages, surface) {
  const known = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const nodes = [];
  let previous = null;
  for (const message of messages) {
    const when = whenOf(message.ts);
    const newDay = !previous || whenOf(previous.ts).toDateString() !== when.toDateString();
    if (newDay && surface.dividers)
      nodes.push(reused(known, `day ${when.toDateString()} ${dayName(when)}`, () => divider(dayName(when))));
    if (surface.newFrom && previous?.ts <= surface.newFrom && message.ts > surface.newFrom)
      nodes.push(reused(known, "new", newLine));
    const short = !newDay && follows(message, previous);
    nodes.push(reused(known, keyOf(message, short, surface), () => renderMessage(message, { ...surface, short })));
    previous = message;
  }
  arrange(list, nodes);
}

// Nodes that stay are not moved, because moving one takes the focus from it; what was drawn anew gets it back.
function arrange(list, nodes) {
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const ts = focused?.closest("article")?.dataset.ts;
  const { actionId } = focused?.dataset ?? {};
  const kept = new Set(nodes);
  for (const node of [...list.children]) if (!kept.has(node)) node.remove();
  nodes.forEach((node, place) => {
    if (list.children[place] !== node) list.insertBefore(node, list.children[place] ?? null);
  });
  if (!ts || list.contains(focused)) return;
  const again = list.querySelector(`article[data-ts="${ts}"]`);
  (again?.querySelector(`[data-action-id="${CSS.escape(actionId ?? "")}"]`) ?? again)?.focus({ preventScroll: true });
}

function reused(known, key, make) {
  const node = known.get(key) ?? make();
  node.dataset.key = key;
  return node;
}

function keyOf(message, short, surface) {
  return JSON.stringify([
    message,
    short,
    surface.inThread,
    surface.state.me,
    surface.open === message.ts,
    namesIn(message, surface),
  ]);
}

// A message is drawn anew when somebody in it changes their name.
function namesIn(message, surface) {
  return [message.user, ...message.reply_users].map((user) => surface.people.userName(user));
}

function follows(message, previous) {
  const sameAuthor = previous && previous.user === message.user && previous.username === message.username;
  const plain =
    !message.is_ephemeral &&
    !previous?.is_ephemeral &&
    !previous?.subtype &&
    !message.subtype &&
    !previous?.reply_count;
  return sameAuthor && plain && message.ts - previous.ts < TOGETHER_SECONDS;
}

function divider(words) {
  return el("div", { class: "day", role: "separator" }, el("span", { text: words }));
}

function newLine() {
  return el("div", { class: "new-line", role: "separator" }, el("span", { text: "New" }));
}

export function renderMessage(message, surface) {
  const { state, people } = surface;
  const user = state.users[message.user] ?? { id: message.user, name: message.user, real_name: message.user };
  const name = message.username ?? displayName(user);
  const when = whenOf(message.ts);
  const body = el("div", { class: "message-body" });
  if (!surface.short) body.append(byline(name, user, when, message));
  body.append(...content(message, surface), ...below(message, surface));
  const node = el(
    "article",
    {
      class: `message${surface.short ? " is-short" : ""}${message.is_ephemeral ? " is-ephemeral" : ""}${surface.open === message.ts ? " is-open" : ""}`,
      "aria-label": `${name}, ${clockTime(when)}`,
      "data-ts": message.ts,
      tabindex: "0",
    },
    surface.short
      ? el("time", { class: "gutter-time", text: clockTime(when).replace(/ [AP]M/, "") })
      : avatar(user, 36),
    body,
    toolbar(message, surface),
  );
  if (message.is_ephemeral) body.prepend(el("div", { class: "only-you" }, icon("eye", 14), "Only visible to you"));
  if (message.subtype === "thread_broadcast" && !surface.inThread) body.prepend(threadBroadcast(message, surface));
  if (message.is_stray)
    body.append(
      el(
        "div",
        { class: "stray", role: "note" },
        icon("warning", 16),
        "Meant as a reply, but its parent is gone: Slack put it here and said only ok.",
      ),
    );
  return node;
}

function byline(name, user, when, message) {
  return el(
    "div",
    { class: "byline" },
    el("span", { class: "author", text: name }),
    user.is_bot && el("span", { class: "app-tag", text: "APP" }),
    el("time", { class: "time", title: when.toLocaleString("en-US"), text: clockTime(when) }),
    message.subtype === "bot_message" && null,
  );
}

function content(message, surface) {
  const place = placeOf(message, surface);
  if (message.subtype === "tombstone") return [el("div", { class: "tombstone", text: "This message was deleted." })];
  const nodes = message.blocks.length
    ? renderBlocks(message.blocks, place)
    : [el("div", { class: "text" }, ...mrkdwn(message.text, surface.people))];
  if (message.is_edited) nodes.at(-1)?.append(el("span", { class: "edited", text: " (edited)" }));
  return [...nodes, ...message.attachments.map((attachment) => renderAttachment(attachment, place))];
}

// What an element of a message needs to know: who looks, what was chosen before, and what using it does.
function placeOf(message, surface) {
  return {
    people: surface.people,
    directory: surface.state,
    chosen: (block, item) => message.chosen[block.block_id]?.[item.action_id],
    use: (block, item, chosen) => surface.press(message, block, item, chosen),
    typeAhead: (block, item, text) => surface.typeAhead({ channel: message.channel, ts: message.ts }, item, text),
    redraw: surface.redraw,
  };
}

function renderAttachment(attachment, place) {
  const node = el("div", { class: "attachment" });
  const colours = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" };
  const colour = colours[attachment.color] ?? (attachment.color ? `#${attachment.color.replace("#", "")}` : "#ddd");
  node.style.setProperty("--bar", attachment.hide_color ? "transparent" : colour);
  const say = (text) => mrkdwn(text, place.people);
  const inner = attachment.blocks
    ? renderBlocks(attachment.blocks, place)
    : [
        attachment.author_name &&
          el(
            "div",
            { class: "attachment-author" },
            attachment.author_link ? link(attachment.author_link, attachment.author_name) : attachment.author_name,
          ),
        attachment.title &&
          el(
            "div",
            { class: "attachment-title" },
            attachment.title_link ? link(attachment.title_link, ...say(attachment.title)) : say(attachment.title),
          ),
        attachment.text && el("div", { class: "text" }, ...say(attachment.text)),
        attachment.fields &&
          el(
            "div",
            { class: "fields" },
            ...attachment.fields.map((field) =>
              el(
                "div",
                { class: field.short ? "field" : "field is-wide" },
                el("strong", { text: field.title ?? "" }),
                el("div", { class: "text" }, ...say(field.value ?? "")),
              ),
            ),
          ),
        attachment.image_url && picture(attachment.image_url, attachment.fallback ?? "", "block-picture"),
        attachment.footer && el("div", { class: "attachment-footer" }, ...say(attachment.footer)),
      ];
  node.append(el("div", { class: "attachment-body" }, ...inner.flat().filter(Boolean)));
  if (attachment.thumb_url && !attachment.blocks) node.append(picture(attachment.thumb_url, "", "attachment-thumb"));
  const pretext = attachment.pretext && el("div", { class: "text" }, ...say(attachment.pretext));
  return el("div", {}, pretext, node);
}

function below(message, surface) {
  const nodes = [];
  if (message.reactions.length) {
    nodes.push(
      el(
        "div",
        { class: "reactions" },
        ...message.reactions.map((reaction) =>
          el(
            "span",
            { class: "reaction", title: reaction.users.map(surface.people.userName).join(", ") },
            emoji(reaction.name) ?? `:${reaction.name}:`,
            el("span", { text: String(reaction.users.length) }),
          ),
        ),
      ),
    );
  }
  if (message.reply_count && !surface.inThread) nodes.push(threadSummary(message, surface));
  return nodes;
}

function threadSummary(message, surface) {
  const faces = message.reply_users
    .map((user) => surface.state.users[user])
    .filter(Boolean)
    .map((user) => avatar(user, 24));
  return el(
    "button",
    { class: "thread-summary", type: "button", onclick: () => surface.openThread(message.ts) },
    el("span", { class: "faces" }, ...faces),
    el("span", {
      class: "reply-count",
      text: `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`,
    }),
    el("span", {
      class: "reply-age",
      text: `Last reply ${age(whenOf(message.latest_reply), new Date(surface.state.now * 1000))}`,
    }),
    el("span", { class: "reply-view", text: "View thread" }),
  );
}

function threadBroadcast(message, surface) {
  return el(
    "div",
    { class: "broadcast" },
    "replied to a ",
    el("button", {
      type: "button",
      class: "as-link",
      text: "thread",
      onclick: () => surface.openThread(message.thread_ts),
    }),
  );
}

function toolbar(message, surface) {
  const button = (name, words, choose) =>
    el("button", { type: "button", class: "tool", "aria-label": words, title: words, onclick: choose }, icon(name, 16));
  const bar = el("div", { class: "toolbar", role: "toolbar", "aria-label": "Message" });
  const live = message.subtype !== "tombstone";
  if (live && !surface.inThread && !message.is_ephemeral)
    bar.append(button("thread", "Reply in thread", () => surface.openThread(message.thread_ts ?? message.ts)));
  if (live) bar.append(button("inspect", "Inspect", () => surface.inspect(message)));
  return bar;
}

/** The first words of a message, for titles. */
export function summary(message) {
  const block = message.blocks.find((each) => each.text);
  return (
    message.text ||
    (block
      ? plainText({ text: block.text.text ?? "" })
          .map((part) => part.textContent ?? part)
          .join("")
      : "")
  );
}
