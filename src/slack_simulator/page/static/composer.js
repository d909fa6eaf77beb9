// Where a person writes: messages, mentions and slash commands.

import { el, fill } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { icon } from "./icons.js";
import { displayName } from "./naming.js";

const SUGGESTIONS = 8;

/** A composer; `say(text)` and `command(word, rest)` do what was written. `surface.state()` is the state of the moment. */
export function makeComposer({ label, state, say, command }) {
  const field = el("textarea", {
    rows: "1",
    "aria-label": label,
    placeholder: label,
    spellcheck: "false",
    role: "combobox",
    "aria-expanded": "false",
    "aria-autocomplete": "list",
  });
  const list = el("div", { class: "suggestions", role: "listbox", hidden: true });
  const send = el(
    "button",
    { class: "send", type: "button", "aria-label": "Send now", disabled: true, onclick: () => submit() },
    icon("send"),
  );
  const node = el(
    "div",
    { class: "composer" },
    list,
    field,
    el(
      "div",
      { class: "composer-foot" },
      el(
        "span",
        { class: "composer-hint" },
        el("kbd", { text: "Enter" }),
        " to send, ",
        el("kbd", { text: "/" }),
        " for commands",
      ),
      send,
    ),
  );
  let offered = [];
  let active = 0;

  const suggest = () => {
    offered = suggestionsFor(field.value.slice(0, field.selectionStart), state()).slice(0, SUGGESTIONS);
    active = 0;
    draw();
  };
  const draw = () => {
    fill(
      list,
      ...offered.map((each, place) =>
        el(
          "div",
          {
            class: `menu-row${place === active ? " is-active" : ""}`,
            role: "option",
            "aria-selected": String(place === active),
            onpointerdown: (event) => {
              event.preventDefault();
              take(each);
            },
          },
          el("strong", { text: each.words }),
          el("span", { class: "option-description", text: each.description }),
        ),
      ),
    );
    list.hidden = !offered.length;
    field.setAttribute("aria-expanded", String(Boolean(offered.length)));
  };
  const take = (each) => {
    const before = field.value.slice(0, field.selectionStart - each.typed) + each.insert;
    field.value = before + field.value.slice(field.selectionStart);
    field.selectionStart = field.selectionEnd = before.length;
    offered = [];
    draw();
    grow();
  };
  const grow = () => {
    send.disabled = !field.value.trim();
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 220)}px`;
  };
  const submit = () => {
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    offered = [];
    draw();
    grow();
    const [, word, rest] = /^(\/\S+)\s*([\s\S]*)$/.exec(text) ?? [];
    if (word) command(word, rest);
    else say(wireText(text, state()));
  };
  field.addEventListener("input", () => {
    grow();
    suggest();
  });
  field.addEventListener("blur", () => {
    offered = [];
    draw();
  });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (offered.length && step) {
      event.preventDefault();
      active = (active + step + offered.length) % offered.length;
      draw();
    } else if (offered.length && (event.key === "Tab" || (event.key === "Enter" && !offered[active].complete))) {
      event.preventDefault();
      take(offered[active]);
    } else if (offered.length && event.key === "Escape") {
      event.stopPropagation();
      offered = [];
      draw();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  });
  node.focusField = () => field.focus();
  node.label = (words) => {
    field.placeholder = words;
    field.setAttribute("aria-label", words);
  };
  return node;
}

/** What was typed as Slack's client sends it: signs escaped, names and addresses in angle brackets. */
export function wireText(typed, state) {
  const users = new Map(Object.values(state.users).map((user) => [user.name.toLowerCase(), user.id]));
  const channels = new Map(state.channels.map((channel) => [channel.name, channel.id]));
  return typed
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/(^|[\s(])@(here|channel|everyone)\b/g, "$1<!$2>")
    .replace(/(^|[\s(])@([\w.-]*\w)/g, (whole, before, name) =>
      users.has(name.toLowerCase()) ? `${before}<@${users.get(name.toLowerCase())}>` : whole,
    )
    .replace(/(^|[\s(])#([\w-]+)/g, (whole, before, name) =>
      channels.has(name) ? `${before}<#${channels.get(name)}|${name}>` : whole,
    )
    .replace(/(^|[\s(])(https?:\/\/[^\s|]+)/g, "$1<$2>");
}

function suggestionsFor(before, state) {
  const command = /^(\/\S*)$/.exec(before);
  if (command) {
    return state.apps
      .filter((app) => app.bot)
      .flatMap((app) => app.commands.map((each) => ({ ...each, app: app.name })))
      .filter((each) => each.command.startsWith(command[1]))
      .map((each) => ({
        words: each.command,
        description: `${each.usage_hint} ${each.description} · ${each.app}`.trim(),
        insert: `${each.command} `,
        typed: command[1].length,
        complete: each.command === command[1],
      }));
  }
  const [, sign, part] = /(?:^|\s)([@#:])([\w.+-]*)$/.exec(before) ?? [];
  const typed = (part?.length ?? 0) + 1;
  if (sign === "@")
    return people(part, state).map((user) => ({
      words: displayName(user),
      description: user.name,
      insert: `@${user.name} `,
      typed,
    }));
  if (sign === "#")
    return state.channels
      .filter((channel) => channel.name.startsWith(part) && channel.kind !== "im")
      .map((channel) => ({ words: `#${channel.name}`, description: "", insert: `#${channel.name} `, typed }));
  if (sign === ":" && part.length > 1)
    return [...EMOJI]
      .filter(([name]) => name.startsWith(part))
      .map(([name, glyph]) => ({ words: `${glyph} :${name}:`, description: "", insert: `:${name}: `, typed }));
  return [];
}

function people(part, state) {
  const wanted = part.toLowerCase();
  return Object.values(state.users).filter(
    (user) => !user.deleted && `${user.name} ${displayName(user)}`.toLowerCase().includes(wanted),
  );
}
