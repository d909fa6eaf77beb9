// Block elements that people use. What was used goes to `place.use(block, element, chosen)`.

import { confirmed } from "./dialogs.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu, selectMenu } from "./menus.js";
import { plainText, textObject } from "./mrkdwn.js";

/** A node for one element of `block`. */
export function element(block, item, place) {
  const use = async (chosen) => {
    if (item.confirm && !(await confirmed(item.confirm, place.people))) return place.redraw?.();
    return place.use(block, item, chosen);
  };
  const draw = ELEMENTS[item.type];
  if (!draw) return el("span", { class: "undrawn", text: `${item.type}: not drawn on this page` });
  const shown = !item.visible_to_user_ids || item.visible_to_user_ids.some((user) => place.people.isMe(user));
  return shown ? draw(item, { ...place, block, choose: use, current: place.chosen(block, item) }) : null;
}

const ELEMENTS = {
  button: (item, place) => button(item, place),
  workflow_button: (item, place) => button(item, place),
  icon_button: (item, place) => button(item, place),
  feedback_buttons: (item, place) =>
    el(
      "span",
      { class: "button-pair" },
      button({ ...item.positive_button, type: "button" }, place),
      button({ ...item.negative_button, type: "button" }, place),
    ),
  overflow: (item, place) => overflow(item, place),
  radio_buttons: (item, place) => listed(item, place, "radio"),
  checkboxes: (item, place) => listed(item, place, "checkbox"),
  datepicker: (item, place) => picker(item, place, "date", "initial_date", "selected_date"),
  timepicker: (item, place) => picker(item, place, "time", "initial_time", "selected_time"),
  datetimepicker: (item, place) => moment(item, place),
  plain_text_input: (item, place) => typed(item, place, item.multiline ? "textarea" : "input", "text"),
  email_text_input: (item, place) => typed(item, place, "input", "email"),
  url_text_input: (item, place) => typed(item, place, "input", "url"),
  number_input: (item, place) => typed(item, place, "input", "number"),
  image: (item) => el("img", { class: "context-image", src: item.image_url, alt: item.alt_text }),
};
for (const kind of ["static", "external", "users", "channels", "conversations"]) {
  ELEMENTS[`${kind}_select`] = (item, place) => selectMenu(item, place);
  ELEMENTS[`multi_${kind}_select`] = (item, place) => selectMenu(item, place);
}

function button(item, place) {
  const label = plainText(item.text);
  const node = el(
    "button",
    {
      class: `button button-${item.style ?? "default"}`,
      type: "button",
      "aria-label": item.accessibility_label,
      "data-action-id": item.action_id,
      onclick: async () => {
        if (item.url && /^(https?|mailto|slack):/i.test(item.url))
          window.open(item.url, "_blank", "noopener,noreferrer");
        node.classList.add("is-waiting");
        await place.choose(null);
        node.classList.remove("is-waiting");
      },
    },
    el("span", { class: "button-label" }, ...label),
  );
  return node;
}

function overflow(item, place) {
  const node = el(
    "button",
    {
      class: "button button-default button-icon",
      type: "button",
      "aria-label": "More actions",
      "aria-haspopup": "menu",
      "data-action-id": item.action_id,
      onclick: () =>
        openMenu(
          node,
          item.options.map((option) => ({
            nodes: plainText(option.text),
            description: option.description?.text,
            choose: () => {
              if (option.url) window.open(option.url, "_blank", "noopener,noreferrer");
              place.choose(option.value);
            },
          })),
        ),
    },
    icon("dots"),
  );
  return node;
}

function listed(item, place, type) {
  const before =
    place.current?.selected_options ?? place.current?.selected_option ?? item.initial_options ?? item.initial_option;
  const chosen = new Set([before ?? []].flat().map((option) => option.value));
  const name = `choice-${place.block.block_id}-${item.action_id}`;
  const boxes = item.options.map((option) => {
    const box = el("input", {
      type,
      name,
      value: option.value,
      checked: chosen.has(option.value),
      "data-action-id": item.action_id,
    });
    box.addEventListener("change", () => {
      const picked = boxes
        .map((each) => each.querySelector("input"))
        .filter((each) => each.checked)
        .map((each) => each.value);
      place.choose(type === "radio" ? picked[0] : picked);
    });
    return el(
      "label",
      { class: "listed-option" },
      box,
      el(
        "span",
        {},
        ...textObject(option.text, place.people),
        option.description &&
          el("span", { class: "option-description" }, ...textObject(option.description, place.people)),
      ),
    );
  });
  return el(
    "div",
    { class: "listed", role: type === "radio" ? "radiogroup" : "group", "aria-labelledby": place.labelledBy },
    ...boxes,
  );
}

function picker(item, place, type, initial, selected) {
  const node = el("input", {
    class: "picker",
    type,
    id: place.id,
    value: place.current?.[selected] ?? item[initial],
    "aria-label": place.labelledBy ? undefined : (item.placeholder?.text ?? type),
    "data-action-id": item.action_id,
    autofocus: item.focus_on_load,
    onchange: () => place.choose(node.value || null),
  });
  return node;
}

// A datetimepicker holds seconds since 1970; the browser's field holds local time without a zone.
function moment(item, place) {
  const seconds = place.current?.selected_date_time ?? item.initial_date_time;
  const local = seconds
    ? new Date(seconds * 1000 - new Date(seconds * 1000).getTimezoneOffset() * 60000).toISOString().slice(0, 16)
    : undefined;
  const node = el("input", {
    class: "picker",
    type: "datetime-local",
    id: place.id,
    value: local,
    "data-action-id": item.action_id,
    onchange: () => place.choose(node.value ? Math.floor(new Date(node.value).getTime() / 1000) : null),
  });
  return node;
}

function typed(item, place, tag, type) {
  const node = el(tag, {
    class: "typed",
    id: place.id,
    type: tag === "input" ? type : undefined,
    placeholder: item.placeholder?.text,
    minlength: item.min_length,
    maxlength: item.max_length,
    min: item.min_value,
    max: item.max_value,
    step: item.is_decimal_allowed ? "any" : undefined,
    rows: tag === "textarea" ? "4" : undefined,
    autofocus: item.focus_on_load,
    "data-action-id": item.action_id,
  });
  node.value = place.current?.value ?? item.initial_value ?? "";
  const on = item.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  node.addEventListener("input", () => {
    place.remember?.(place.block, item, node.value || null);
    if (place.block.dispatch_action && on.includes("on_character_entered")) place.choose(node.value || null);
  });
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || tag === "textarea" || !place.block.dispatch_action || !on.includes("on_enter_pressed"))
      return;
    event.preventDefault();
    place.choose(node.value || null);
  });
  return node;
}
