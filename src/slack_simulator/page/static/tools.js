// The panel under the conversation, and the loud word about what Slack refused an app.

import { toast } from "./dialogs.js";
import { el, fill } from "./dom.js";
import { makeFaults } from "./faults.js";
import { icon } from "./icons.js";
import { makeInspector, sentPart } from "./inspector.js";
import { naming } from "./naming.js";
import { makeWire } from "./wire.js";

export const TOOLS = {
  wire: { title: "Wire log", drawing: "wire" },
  faults: { title: "Faults", drawing: "bolt" },
  inspector: { title: "Inspector", drawing: "inspect" },
};

/** The three tools; `update(tool, state)` shows one of them, or none. */
export function makeTools(node, { refresh, close, open }) {
  let state = null;
  let lastRefused = null;
  const wire = makeWire();
  const faults = makeFaults(refresh);
  const inspector = makeInspector(() => ({
    people: naming(state),
    directory: state,
    chosen: () => undefined,
    use: () => undefined,
    typeAhead: async () => ({ options: [] }),
  }));
  const panels = { wire: wire.node, faults: faults.node, inspector: inspector.node };

  const update = (tool, now) => {
    state = now;
    node.hidden = !tool;
    if (tool && !node.contains(panels[tool])) show(tool);
    if (tool === "wire") wire.update();
    if (tool === "faults") faults.update(state);
    shoutRefusal();
  };

  const show = (tool) => {
    const leave = el(
      "button",
      { class: "tool", type: "button", "aria-label": "Close", onclick: close },
      icon("close", 16),
    );
    fill(node, el("header", { class: "tools-head" }, el("h2", { text: TOOLS[tool].title }), leave), panels[tool]);
  };

  // What Slack refuses an app must not stay unseen: nothing else on the page would show it.
  const shoutRefusal = () => {
    const { refused } = state;
    if (lastRefused !== null && refused && refused.number > lastRefused) {
      const choose = async () => {
        open("wire");
        await wire.update();
        wire.open(refused.number);
      };
      toast(`Slack refused ${refused.name}: ${refused.reason}`, { loud: true, more: { label: "Show", choose } });
    }
    lastRefused = refused?.number ?? lastRefused ?? 0;
  };

  return { update, inspect: (message) => inspector.open(sentPart(message)) };
}
