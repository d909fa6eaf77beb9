// Switches: what goes wrong next, limits, time, and what befalls channels and tokens.

import { act } from "./api.js";
import { el, fill } from "./dom.js";
import { toast } from "./dialogs.js";

/** A panel of everything that can be done to the workspace from outside. */
export function makeFaults(refresh) {
  const node = el("div", { class: "faults" });
  let drawn = "";

  const deed = async (name, given = {}, said = null) => {
    const answer = await act(name, given);
    if (answer.error) toast(answer.error, { loud: true });
    else if (said) toast(said);
    refresh();
  };
  const update = (state) => {
    const about = JSON.stringify([
      state.controls,
      state.channel?.id,
      state.channel?.is_archived,
      state.channel?.members,
      state.apps,
      state.me,
    ]);
    if (about === drawn || node.contains(document.activeElement?.closest("select, input"))) return;
    drawn = about;
    fill(node, scriptBox(state, deed), limitsBox(state, deed), channelBox(state, deed), appBox(state, deed));
  };
  return { node, update };
}

function box(title, ...children) {
  return el("fieldset", { class: "tool-box" }, el("legend", { text: title }), ...children);
}

function choice(label, values, current, change) {
  const node = el(
    "select",
    { class: "tool-field", "aria-label": label, onchange: () => change?.(node.value) },
    ...values.map((value) =>
      el("option", {
        value: value.value ?? value,
        title: value.title,
        selected: (value.value ?? value) === current,
        text: value.label ?? value,
      }),
    ),
  );
  return node;
}

function button(words, choose) {
  return el("button", { class: "tool-button", type: "button", text: words, onclick: choose });
}

function scriptBox(state, deed) {
  const { controls } = state;
  const kinds = (method) =>
    Object.entries(method.startsWith("delivery.") ? controls.delivery_faults : controls.faults).map(
      ([name, means]) => ({ value: name, label: name.replaceAll("_", " "), title: means }),
    );
  const deliveries = [
    "delivery.block_actions",
    "delivery.event",
    "delivery.view_submission",
    "delivery.command",
    "delivery.block_suggestion",
  ];
  const means = el("p", { class: "tool-note" });
  const kindPlace = el("span");
  let kind = null;
  const offer = (method) => {
    kind = choice("Fault", kinds(method), null, explain);
    fill(kindPlace, kind);
    explain();
  };
  const explain = () => {
    means.textContent = { ...controls.faults, ...controls.delivery_faults }[kind.value] ?? "";
  };
  const method = choice(
    "Call",
    [
      "chat.postMessage",
      "chat.update",
      "chat.*",
      "response_url",
      ...controls.methods.filter((name) => !/^chat\.(postMessage|update)$/.test(name)),
      ...deliveries,
    ],
    "chat.postMessage",
    offer,
  );
  const times = el("input", {
    class: "tool-field tool-number",
    type: "number",
    min: "1",
    value: "1",
    "aria-label": "Times",
  });
  offer("chat.postMessage");
  const lines = controls.script.map((line) =>
    el(
      "li",
      {},
      `${line.method}: ${line.name.replaceAll("_", " ")}`,
      el("span", {
        class: "tool-note",
        text: ` ${line.happened} of ${line.times} happened${line.channel ? ` in ${line.channel}` : ""}`,
      }),
    ),
  );
  return box(
    "The next calls",
    el(
      "div",
      { class: "tool-row" },
      method,
      kindPlace,
      times,
      button("Let it fail", () =>
        deed("fail", {
          method: method.value,
          fault: kind.value,
          times: Number(times.value),
          error: kind.value.startsWith("error") ? "internal_error" : "",
        }),
      ),
    ),
    means,
    lines.length > 0 && el("ul", { class: "script" }, ...lines),
    lines.length > 0 && button("Heal everything", () => deed("heal")),
  );
}

function limitsBox(state, deed) {
  const { controls } = state;
  const on = el("input", {
    type: "checkbox",
    checked: controls.limits,
    onchange: () => deed("limits", { on: on.checked }),
  });
  return box(
    "Limits and time",
    el("label", { class: "tool-check" }, on, " Rate limits as Slack has them"),
    el(
      "label",
      { class: "tool-label" },
      "Retry-After ",
      choice("Retry-After", ["normal", "missing", "zero", "huge"], controls.retry_after, (value) =>
        deed("limits", { retry_after: value }),
      ),
    ),
    el(
      "label",
      { class: "tool-label" },
      "History ",
      choice(
        "History",
        [
          { value: "internal", label: "own app: 50 a minute" },
          { value: "commercial", label: "sold app: 1 a minute" },
        ],
        controls.history,
        (value) => deed("limits", { history: value }),
      ),
    ),
    el(
      "label",
      { class: "tool-label" },
      "Clock ",
      choice(
        "Clock",
        [0, 1, 10, 60, 600].map((speed) => ({ value: String(speed), label: speed ? `× ${speed}` : "stopped" })),
        String(controls.clock_speed),
        (value) => deed("clock", { speed: Number(value) }),
      ),
    ),
    el(
      "div",
      { class: "tool-row" },
      button("A minute later", () => deed("clock", { advance: 60 })),
      button("An hour later", () => deed("clock", { advance: 3600 })),
    ),
  );
}

function channelBox(state, deed) {
  const channel = state.channel;
  if (!channel?.name)
    return box(
      "This channel",
      el("p", { class: "tool-note", text: "Open a channel to archive, rename or delete it." }),
    );
  const given = { channel: channel.id };
  const bot = state.apps.find((app) => app.bot)?.bot;
  const within = bot && channel.members.includes(bot);
  const name = el("input", { class: "tool-field", value: `${channel.name}-2`, "aria-label": "New name" });
  return box(
    `#${channel.name}`,
    el(
      "div",
      { class: "tool-row" },
      button(channel.is_archived ? "Unarchive" : "Archive", () =>
        deed(channel.is_archived ? "unarchive" : "archive", given),
      ),
      channel.kind === "public_channel" && button("Make private", () => deed("make_private", given)),
      button("Give a new id", () => deed("change_channel_id", given)),
      button("Delete", () => deed("delete_channel", given)),
      bot &&
        button(within ? "Remove the app" : "Invite the app", () =>
          deed(within ? "leave" : "join", { ...given, user: bot }),
        ),
    ),
    el(
      "div",
      { class: "tool-row" },
      name,
      button("Rename", () => deed("rename", { ...given, name: name.value })),
    ),
  );
}

function appBox(state, deed) {
  const rows = state.apps.flatMap((app) =>
    app.installations.map((place) =>
      el(
        "div",
        { class: "tool-row" },
        el("span", {
          class: "tool-note",
          text: `${app.name} in ${place.team}, token …${place.token}: ${place.dead_because ?? "alive"}`,
        }),
        place.dead_because
          ? button("Install again", () => deed("reinstall"))
          : button("Revoke the token", () => deed("revoke_token")),
        !place.dead_because && button("Uninstall", () => deed("uninstall")),
      ),
    ),
  );
  const guest = state.users[state.me];
  return box(
    "Apps and people",
    ...rows,
    el(
      "div",
      { class: "tool-row" },
      button(`${guest.deleted ? "Reactivate" : "Deactivate"} ${guest.real_name}`, () =>
        deed("change_user", { user: guest.id, changes: { deleted: !guest.deleted } }),
      ),
    ),
  );
}
