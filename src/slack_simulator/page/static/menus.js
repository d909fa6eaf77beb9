// Menus: the list under a button, and selects with type-ahead, usable with the arrow keys, Enter and Escape.

import { el, fill, roving, settled } from "./dom.js";
import { icon } from "./icons.js";
import { avatar, displayName } from "./naming.js";
import { plainText } from "./mrkdwn.js";

const ASK_AFTER = 150;
// A select asks its app from this many characters on unless it says otherwise.
const MIN_QUERY_LENGTH = 3;

let open = null;

/** Show `choices` ({nodes, description, choose}) under `anchor`. */
export function openMenu(anchor, choices) {
  const list = el("div", { class: "menu", role: "menu" });
  for (const choice of choices) {
    const choose = () => {
      close();
      choice.choose();
    };
    list.append(row({ ...choice, choose }, "menuitem"));
  }
  list.addEventListener("keydown", (event) => roving(event, [...list.children]));
  show(anchor, list);
  list.firstElementChild?.focus();
}

/** A select of any kind, for one choice or several. */
export function selectMenu(item, place) {
  const source = sourceOf(item, place);
  const multiple = item.type.startsWith("multi_");
  let chosen = source.chosen();
  const label = el("span", { class: "select-label" });
  const node = el(
    "button",
    {
      class: "select",
      type: "button",
      id: place.id,
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      "data-action-id": item.action_id,
      onclick: () => typeAhead(node, item, source, pick),
    },
    label,
    icon("down", 16),
  );
  const draw = () => {
    label.classList.toggle("is-placeholder", !chosen.length);
    fill(
      label,
      ...(chosen.length
        ? chosen.map((option) => chip(option, multiple))
        : [item.placeholder?.text ?? "Select an item"]),
    );
  };
  const pick = (option) => {
    const again = chosen.some((each) => each.value === option.value);
    chosen = !multiple ? [option] : again ? chosen.filter((each) => each.value !== option.value) : [...chosen, option];
    draw();
    place.choose(multiple ? chosen.map((each) => each.value) : option.value);
  };
  draw();
  return node;
}

/** A field under `anchor` that narrows down `options` ({words, nodes}); `pick` gets the one taken. */
export function pickFrom(anchor, words, options, pick) {
  const find = (query) => {
    const found = options.filter(matches(query));
    return found.length ? [{ options: found }] : Object.assign([], { note: "No results" });
  };
  typeAhead(anchor, { placeholder: { text: words } }, { find, hint: words }, pick);
}

export function closeMenus() {
  close();
}

function chip(option, multiple) {
  return el("span", { class: multiple ? "chip" : "picked" }, ...option.nodes);
}

// The popover of a select: a field to type into and the options that match.
function typeAhead(anchor, item, source, pick) {
  const list = el("div", { class: "options", role: "listbox", id: `options-${crypto.randomUUID()}` });
  const field = el("input", {
    class: "type-ahead",
    type: "text",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": list.id,
    "aria-label": item.placeholder?.text ?? "Filter",
    placeholder: source.hint ?? (source.asks ? "Type to search" : "Filter"),
    autocomplete: "off",
    spellcheck: "false",
  });
  const rows = () => [...list.querySelectorAll("[role=option]")];
  let asked = 0;
  const refresh = async () => {
    const number = ++asked;
    const groups = await source.find(field.value);
    if (number !== asked) return;
    fill(
      list,
      ...groups.flatMap((group) => [
        group.label && el("div", { class: "options-label", text: group.label }),
        ...group.options.map((option) =>
          row(
            {
              ...option,
              choose: () => {
                close();
                pick(option);
              },
            },
            "option",
          ),
        ),
      ]),
      groups.note && el("div", { class: "options-note", text: groups.note }),
    );
    activate(rows()[0], field);
  };
  field.addEventListener("input", source.asks ? settled(refresh, ASK_AFTER) : refresh);
  field.addEventListener("keydown", (event) => steer(event, rows(), field));
  show(anchor, el("div", { class: "menu select-menu" }, field, list));
  field.focus();
  refresh();
}

// The focus stays in the field; `aria-activedescendant` says which option Enter would take.
function steer(event, rows, field) {
  const place = rows.findIndex((each) => each.classList.contains("is-active"));
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && rows.length) {
    event.preventDefault();
    activate(rows[(place + step + rows.length) % rows.length], field);
  } else if (event.key === "Enter") {
    event.preventDefault();
    rows[place]?.click();
  }
}

function activate(option, field) {
  document.querySelectorAll(".is-active[role=option]").forEach((each) => each.classList.remove("is-active"));
  if (!option) return field.removeAttribute("aria-activedescendant");
  option.id ||= `option-${crypto.randomUUID()}`;
  option.classList.add("is-active");
  option.scrollIntoView({ block: "nearest" });
  return field.setAttribute("aria-activedescendant", option.id);
}

function row(choice, role) {
  return el(
    "div",
    {
      class: "menu-row",
      role,
      tabindex: role === "menuitem" ? "0" : "-1",
      onclick: choice.choose,
      onkeydown: (event) => {
        if (role === "menuitem" && ["Enter", " "].includes(event.key)) {
          event.preventDefault();
          choice.choose();
        }
      },
    },
    choice.picture,
    el(
      "span",
      { class: "menu-words" },
      el("span", {}, ...choice.nodes),
      choice.description && el("span", { class: "option-description", text: choice.description }),
    ),
  );
}

// Where a select's options come from: itself, the workspace, or its app.
function sourceOf(item, place) {
  const kind = item.type.replace("multi_", "").replace("_select", "");
  return { static: own, external: asked, users: people, channels, conversations: channels }[kind](item, place);
}

const option = (object) => ({
  value: object.value,
  nodes: plainText(object.text),
  words: object.text.text,
  description: object.description?.text,
});
const matches = (query) => (each) => each.words.toLowerCase().includes(query.trim().toLowerCase());

function own(item, place) {
  const groups = item.option_groups?.map((group) => ({
    label: group.label.text,
    options: group.options.map(option),
  })) ?? [{ options: item.options.map(option) }];
  return {
    chosen: () => selected(item, place).map(option),
    find: (query) => {
      const found = groups
        .map((group) => ({ ...group, options: group.options.filter(matches(query)) }))
        .filter((group) => group.options.length);
      return found.length ? found : Object.assign([], { note: "No results" });
    },
  };
}

function asked(item, place) {
  const least = item.min_query_length ?? MIN_QUERY_LENGTH;
  return {
    asks: true,
    chosen: () => selected(item, place).map(option),
    find: async (query) => {
      if (query.length < least) return Object.assign([], { note: `Type ${least - query.length} more to search` });
      const answer = await place.typeAhead(place.block, item, query);
      if (answer.options.length) return [{ options: answer.options.map(option) }];
      return Object.assign([], { note: answer.shown ?? "No results" });
    },
  };
}

function people(item, place) {
  const all = Object.values(place.directory.users)
    .filter((user) => !user.deleted)
    .map((user) => ({
      value: user.id,
      words: `${displayName(user)} ${user.name}`,
      nodes: [displayName(user)],
      description: user.is_bot ? "App" : `@${user.name}`,
      picture: avatar(user, 20),
    }));
  return named(
    all,
    [
      place.current?.selected_users ?? place.current?.selected_user ?? item.initial_users ?? item.initial_user ?? [],
    ].flat(),
  );
}

function channels(item, place) {
  const fields = ["channel", "conversation"];
  const before = fields.flatMap(
    (field) =>
      place.current?.[`selected_${field}s`] ??
      place.current?.[`selected_${field}`] ??
      item[`initial_${field}s`] ??
      item[`initial_${field}`] ??
      [],
  );
  const all = place.directory.channels
    .filter((channel) => channel.name && !channel.is_archived)
    .map((channel) => ({ value: channel.id, words: channel.name, nodes: [`# ${channel.name}`] }));
  return named(all, before);
}

function named(all, before) {
  return {
    chosen: () => before.map((id) => all.find((each) => each.value === id)).filter(Boolean),
    find: (query) => {
      const options = all.filter(matches(query));
      return options.length ? [{ options }] : Object.assign([], { note: "No results" });
    },
  };
}

function selected(item, place) {
  const now = place.current;
  return [
    (now ? (now.selected_options ?? now.selected_option) : (item.initial_options ?? item.initial_option)) ?? [],
  ].flat();
}

function show(anchor, content) {
  close();
  const box = anchor.getBoundingClientRect();
  const layer = el("div", { class: "layer" }, content);
  (anchor.closest("dialog") ?? document.body).append(layer);
  place(content, box);
  anchor.setAttribute("aria-expanded", "true");
  const away = (event) => {
    if (event.target === layer) close();
  };
  const escape = (event) => {
    if (event.key !== "Escape" && event.key !== "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  layer.addEventListener("pointerdown", away);
  layer.addEventListener("keydown", escape);
  open = { layer, anchor };
}

// Below the anchor, or above it where there is more room; never beyond the window, however many options come later.
function place(content, box) {
  const [above, below] = [box.top - 12, innerHeight - box.bottom - 12];
  content.style.minWidth = `${Math.max(box.width, 220)}px`;
  content.style.left = `${Math.max(8, Math.min(box.left, innerWidth - content.offsetWidth - 8))}px`;
  if (below < 220 && above > below) content.style.bottom = `${innerHeight - box.top + 4}px`;
  else content.style.top = `${box.bottom + 4}px`;
  content.style.maxHeight = `${Math.min(380, below < 220 && above > below ? above : below)}px`;
}

function close() {
  if (!open) return;
  const { layer, anchor } = open;
  open = null;
  anchor.setAttribute("aria-expanded", "false");
  layer.remove();
  anchor.focus();
}
