// The modal that is open for whoever one acts as, and what they have typed into it so far.

import { renderBlocks } from "./blocks.js";
import { el, fill } from "./dom.js";
import { toast } from "./dialogs.js";
import { icon } from "./icons.js";
import { closeMenus } from "./menus.js";
import { plainText } from "./mrkdwn.js";

const REQUIRED = "Please complete this required field.";

const keyOf = (block, item) => `${block.block_id} ${item.action_id}`;

/** Shows `state.view`; redrawn only when the app changed it, so that nothing typed is lost. */
export function makeModal({ act, place }) {
  const dialog = el("dialog", { class: "dialog modal" });
  document.body.append(dialog);
  let shown = null;
  let state = null;
  let typed = new Map();
  let picked = new Map();
  let complaints = {};

  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });

  const update = (now) => {
    state = now;
    const view = state.view;
    const key = view && JSON.stringify([view.id, view.hash, state.me]);
    if (key === shown) return;
    if (!view) {
      closeMenus();
      dialog.close();
      fill(dialog);
    } else {
      if (view.root !== dialog.dataset.root || view.id !== dialog.dataset.view)
        [typed, picked] = [new Map(), new Map()];
      [dialog.dataset.root, dialog.dataset.view] = [view.root, view.id];
      complaints = view.errors;
      draw(view);
    }
    shown = key;
  };

  const draw = (view) => {
    const { payload } = view;
    const top = dialog.querySelector(".modal-body")?.scrollTop ?? 0;
    const body = el("div", { class: "modal-body" }, ...renderBlocks(payload.blocks, placeOf(view)));
    const submit =
      payload.submit && el("button", { class: "button button-primary", type: "submit" }, ...plainText(payload.submit));
    const close = el(
      "button",
      { class: "button button-default", type: "button", onclick: leave },
      ...(payload.close ? plainText(payload.close) : [submit ? "Cancel" : "Close"]),
    );
    const form = el(
      "form",
      {
        novalidate: true,
        onsubmit: (event) => {
          event.preventDefault();
          send(view, form);
        },
      },
      el(
        "header",
        { class: "modal-head" },
        el("h2", { id: "modal-title" }, ...plainText(payload.title)),
        el("button", { class: "tool", type: "button", "aria-label": "Close", onclick: leave }, icon("close")),
      ),
      body,
      el("footer", { class: "modal-foot" }, close, submit),
    );
    dialog.setAttribute("aria-labelledby", "modal-title");
    fill(dialog, form);
    if (!dialog.open) dialog.showModal();
    body.scrollTop = top;
    (body.querySelector("[autofocus]") ?? body.querySelector("input, textarea, .select"))?.focus();
  };

  const placeOf = (view) => ({
    ...place(state),
    chosen: (block, item) => typedIn(block, item) ?? view.values[block.block_id]?.[item.action_id],
    error: (block) => complaints[block.block_id],
    remember: (block, item, value) => {
      typed.set(keyOf(block, item), { block, item, value });
    },
    use: async (block, item, chosen) => {
      typed.delete(keyOf(block, item));
      picked.set(keyOf(block, item), chosen);
      if (block.type === "input" && !block.dispatch_action) {
        return act("fill", {
          user: state.me,
          view_id: view.id,
          values: [{ block_id: block.block_id, action_id: item.action_id, chosen }],
        });
      }
      await fillTyped(view);
      return act("press_in_view", {
        user: state.me,
        view_id: view.id,
        action_id: item.action_id,
        block_id: block.block_id,
        chosen,
      });
    },
    typeAhead: (block, item, text) => place(state).typeAhead({ view_id: view.id }, item, text),
  });

  const typedIn = (block, item) => {
    const kept = typed.get(keyOf(block, item));
    return kept && { value: kept.value };
  };

  const fillTyped = (view) =>
    act("fill", {
      user: state.me,
      view_id: view.id,
      values: [...typed.values()].map(({ block, item, value }) => ({
        block_id: block.block_id,
        action_id: item.action_id,
        chosen: value,
      })),
    });

  // What Slack's client says itself, before the app hears of anything.
  const unanswered = (view) => {
    const required = view.payload.blocks.filter((block) => block.type === "input" && !block.optional);
    return required.filter((block) => {
      const key = keyOf(block, block.element);
      const { type: _, ...before } = view.values[block.block_id]?.[block.element.action_id] ?? {};
      const values = typed.has(key)
        ? [typed.get(key).value]
        : picked.has(key)
          ? [picked.get(key)]
          : Object.values(before);
      return values.every((value) => value === null || value === "" || value?.length === 0);
    });
  };

  const send = async (view, form) => {
    const missing = unanswered(view);
    if (missing.length) return showErrors(form, Object.fromEntries(missing.map((block) => [block.block_id, REQUIRED])));
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    button.classList.add("is-waiting");
    await fillTyped(view);
    const answer = await act("submit_view", { user: state.me, view_id: view.id, values: {} });
    button.disabled = false;
    button.classList.remove("is-waiting");
    if (answer.error || answer.result.shown) return toast(answer.error ?? answer.result.shown, { loud: true });
    if (Object.keys(answer.result.errors).length) showErrors(form, answer.result.errors);
    return undefined;
  };

  const showErrors = (form, errors) => {
    complaints = errors;
    form.querySelectorAll(".block-input").forEach((node) => {
      const words = errors[node.dataset.blockId];
      node.classList.toggle("has-error", Boolean(words));
      fill(node.querySelector(".input-error"), words && icon("warning", 16), words);
    });
    form.querySelector(".has-error :is(input, textarea, .select)")?.focus();
  };

  const leave = () => act("close_view", { user: state.me, view_id: state.view.id });

  return { update };
}
