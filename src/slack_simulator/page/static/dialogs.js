// Questions that stand before everything else.

import { el } from "./dom.js";
import { plainText, textObject } from "./mrkdwn.js";

/** Ask what a `confirm` object asks; true when the person agrees. */
export function confirmed(question, people) {
  return new Promise((answer) => {
    const dialog = el("dialog", { class: "dialog confirm", "aria-label": question.title.text });
    const done = (agreed) => {
      dialog.close();
      dialog.remove();
      answer(agreed);
    };
    const yes = el(
      "button",
      {
        class: `button button-${question.style ?? "primary"}`,
        type: "button",
        autofocus: true,
        onclick: () => done(true),
      },
      ...plainText(question.confirm),
    );
    const no = el(
      "button",
      { class: "button button-default", type: "button", onclick: () => done(false) },
      ...plainText(question.deny),
    );
    dialog.append(
      el("h2", {}, ...plainText(question.title)),
      el("div", { class: "text" }, ...textObject(question.text, people)),
      el("div", { class: "dialog-buttons" }, no, yes),
    );
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      done(false);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A sentence at the foot of the page, for a few seconds or until it is clicked away. */
export function toast(words, { loud = false, more = null } = {}) {
  const shelf = document.getElementById("toasts");
  const node = el(
    "div",
    { class: loud ? "toast toast-loud" : "toast", role: loud ? "alert" : "status" },
    el("span", { text: words }),
  );
  if (more)
    node.append(
      el("button", {
        class: "toast-more",
        type: "button",
        onclick: () => {
          node.remove();
          more.choose();
        },
        text: more.label,
      }),
    );
  node.append(
    el("button", {
      class: "toast-close",
      type: "button",
      "aria-label": "Dismiss",
      text: "×",
      onclick: () => node.remove(),
    }),
  );
  shelf.append(node);
  shelf.hidePopover();
  shelf.showPopover(); // above a dialog that opened since
  setTimeout(() => node.remove(), loud ? 20_000 : 6_000);
}
