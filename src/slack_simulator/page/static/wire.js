// The wire log: every request between the app and the simulated Slack, newest first.

import { fetchWire } from "./api.js";
import { el, fill } from "./dom.js";

const KEPT = 400;

/** A panel that follows the log while it is shown. */
export function makeWire() {
  let entries = [];
  let words = "";
  const list = el("div", { class: "wire-list", role: "list" });
  const filter = el("input", {
    class: "tool-field",
    type: "search",
    placeholder: "Filter, e.g. chat.postMessage or refused",
    "aria-label": "Filter the wire log",
    oninput: () => {
      words = filter.value.toLowerCase();
      draw();
    },
  });
  const node = el("div", { class: "wire" }, el("div", { class: "tool-row" }, filter), list);

  const update = async () => {
    const newer = await fetchWire(Math.max(0, ...entries.filter((entry) => entry.status).map((entry) => entry.number)));
    const known = new Map(entries.map((entry) => [entry.number, entry]));
    newer.forEach((entry) => known.set(entry.number, entry));
    entries = [...known.values()].sort((one, other) => other.number - one.number).slice(0, KEPT);
    draw();
  };
  const draw = () => {
    const opened = new Set([...list.querySelectorAll("details[open]")].map((each) => each.dataset.number));
    const shown = entries.filter(
      (entry) =>
        !words ||
        `${entry.name} ${entry.refused ? "refused " : ""}${entry.refused ?? ""} ${JSON.stringify(entry.arguments)}`
          .toLowerCase()
          .includes(words),
    );
    fill(
      list,
      ...(shown.length
        ? shown.map((entry) => row(entry, opened.has(String(entry.number))))
        : [el("p", { class: "tool-empty", text: "Nothing has crossed the wire yet." })]),
    );
  };
  const open = (number) => {
    words = filter.value = "";
    draw();
    const row = list.querySelector(`details[data-number="${number}"]`);
    if (!row) return;
    row.open = true;
    row.scrollIntoView({ block: "start" });
  };
  return { node, update, open };
}

function row(entry, open) {
  const status = entry.refused ?? (entry.status ? "ok" : "…");
  return el(
    "details",
    { class: `wire-row${entry.refused ? " is-refused" : ""}`, role: "listitem", "data-number": entry.number, open },
    el(
      "summary",
      {},
      el("span", {
        class: `wire-way wire-${entry.direction}`,
        title: entry.direction === "in" ? "from the app" : "to the app",
        text: entry.direction === "in" ? "app →" : "→ app",
      }),
      el("span", { class: "wire-name", text: entry.name }),
      el("span", { class: "wire-status", text: status }),
      entry.fault && el("span", { class: "wire-fault", text: entry.fault }),
      entry.headers["X-Slack-Retry-Num"] &&
        el("span", { class: "wire-fault", text: `retry ${entry.headers["X-Slack-Retry-Num"]}` }),
      el("span", { class: "wire-time", text: `${entry.milliseconds} ms` }),
    ),
    el(
      "div",
      { class: "wire-bodies" },
      body("Sent", entry.arguments),
      body(`Answered ${entry.status || "nothing"}`, entry.answer),
    ),
  );
}

function body(title, value) {
  let text = value;
  if (typeof value === "string") {
    try {
      text = JSON.stringify(JSON.parse(value), null, 2);
    } catch {
      text = value;
    }
  } else if (value !== null) text = JSON.stringify(value, unfold, 2);
  return el("div", {}, el("h4", { text: title }), el("pre", { text: text || "(empty)" }));
}

// Forms carry JSON in strings; it reads better as what it is.
function unfold(_key, value) {
  if (typeof value !== "string" || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
