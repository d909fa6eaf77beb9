// The sidebar: the workspace, its channels, direct messages and apps.

import { el, fill, roving } from "./dom.js";
import { icon } from "./icons.js";
import { avatar, displayName } from "./naming.js";

/** Draw the sidebar; `go` shows a channel, `goDirect` the conversation with a user. */
export function renderSidebar(node, state, { go, goDirect }) {
  const focused = document.activeElement?.closest("#sidebar") ? document.activeElement.dataset.key : null;
  const named = state.channels.filter((channel) => channel.kind !== "im" && channel.kind !== "mpim");
  fill(
    node,
    el(
      "div",
      { class: "workspace" },
      el("span", { class: "workspace-mark", "aria-hidden": "true", text: state.workspace.name[0] }),
      el("span", { class: "workspace-name", text: state.workspace.name }),
    ),
    section(
      "Channels",
      named.filter((channel) => channel.is_member).map((channel) => channelRow(channel, state, go)),
    ),
    section(
      "More channels",
      named.filter((channel) => !channel.is_member).map((channel) => channelRow(channel, state, go)),
    ),
    section(
      "Direct messages",
      directs(state).map((other) => directRow(other, state, goDirect)),
    ),
    section(
      "Apps",
      appsOf(state).map((other) => directRow(other, state, goDirect)),
    ),
  );
  node.onkeydown = (event) => roving(event, [...node.querySelectorAll(".row")]);
  if (focused) node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

/** The one with whom `me` shares this direct message. */
export function otherIn(channel, state) {
  return state.users[channel.members.find((user) => user !== state.me) ?? state.me];
}

export function channelIcon(channel) {
  return icon(channel.is_shared ? "shared" : channel.kind === "private_channel" ? "lock" : "hash", 16);
}

/** Where a person can go: what the jump menu lists. */
export function destinations(state) {
  const channels = state.channels.filter((channel) => channel.name && !channel.name.startsWith("mpdm-"));
  return [
    ...channels.map((channel) => ({
      words: channel.name,
      nodes: [channelIcon(channel), ` ${channel.name}`],
      channel: channel.id,
    })),
    ...[...directs(state), ...appsOf(state)].map((user) => ({
      words: `${displayName(user)} ${user.name}`,
      nodes: [avatar(user, 20), ` ${displayName(user)}`],
      user: user.id,
    })),
  ];
}

function section(title, rows) {
  if (!rows.length) return null;
  return el("section", { class: "channels", "aria-label": title }, el("h2", { text: title }), ...rows);
}

function channelRow(channel, state, go) {
  const here = state.channel?.id === channel.id;
  return row(
    channel.id,
    here,
    channel,
    [channelIcon(channel), el("span", { class: "row-name", text: channel.name })],
    () => go(channel.id),
  );
}

function directRow(user, state, goDirect) {
  const channel = directWith(user, state);
  const here = Boolean(channel) && state.channel?.id === channel.id;
  const name = el(
    "span",
    { class: "row-name" },
    displayName(user),
    user.id === state.me && el("span", { class: "you", text: " you" }),
  );
  return row(user.id, here, channel, [avatar(user, 20), name], () => goDirect(user.id));
}

function row(key, here, channel, words, choose) {
  const unread = channel?.unread > 0 && !here;
  const badge =
    unread &&
    channel.mentions > 0 &&
    el("span", { class: "badge", "aria-label": `${channel.mentions} mentions`, text: String(channel.mentions) });
  return el(
    "button",
    {
      type: "button",
      class: `row${here ? " is-here" : ""}${unread ? " is-unread" : ""}${channel?.is_archived ? " is-archived" : ""}`,
      "aria-current": here ? "page" : undefined,
      "data-key": key,
      onclick: choose,
    },
    ...words,
    badge,
  );
}

function directWith(user, state) {
  return state.channels.find(
    (channel) =>
      channel.kind === "im" &&
      channel.members.includes(user.id) &&
      channel.members.includes(state.me) &&
      (user.id === state.me ? channel.members.length === 1 : true),
  );
}

function directs(state) {
  const mine = state.users[state.me];
  return Object.values(state.users).filter(
    (user) =>
      !user.is_bot &&
      !user.deleted &&
      user.team === mine.team &&
      (user.id === state.me || directWith(user, state) || state.actors.length <= 12),
  );
}

function appsOf(state) {
  return state.apps.filter((app) => app.bot).map((app) => state.users[app.bot]);
}
