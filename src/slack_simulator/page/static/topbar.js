// The bar at the top: the jump field, the simulator's own tools, and whom one acts as.

import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { openActors, roleWords } from "./jump.js";
import { avatar } from "./naming.js";
import { TOOLS } from "./tools.js";

export function renderTop(node, state, here, { useTool, become }) {
  const me = state.actors.find((actor) => actor.id === state.me);
  const actor = el(
    "button",
    { class: "top-button act-as", type: "button", "aria-haspopup": "menu", "aria-label": `Acting as ${me.name}` },
    avatar(state.users[state.me], 24),
    el("span", {}, el("strong", { text: me.name }), el("small", { text: roleWords(me) })),
    icon("down", 14),
  );
  actor.addEventListener("click", () => openActors(actor, state, become));
  const focused = document.activeElement?.closest("#top-tools button");
  const place = focused ? [...node("top-tools").children].indexOf(focused) : -1;
  fill(node("top-tools"), ...Object.entries(TOOLS).map(([name, tool]) => toggle(name, tool, here, useTool)), actor);
  node("top-tools").children[place]?.focus();
  fill(node("jump"), icon("search", 16), el("span", { text: "Jump to…" }), el("kbd", { text: "Ctrl K" }));
  fill(node("menu-button"), icon("menu"));
}

function toggle(name, { title, drawing }, here, useTool) {
  const on = here.tool === name;
  return el(
    "button",
    {
      class: `top-button${on ? " is-on" : ""}`,
      type: "button",
      "aria-pressed": String(on),
      "aria-label": title,
      onclick: () => useTool(on ? null : name),
    },
    icon(drawing, 16),
    el("span", { text: title }),
  );
}
