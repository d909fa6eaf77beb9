// Who is who: names, initials and colours for the ids in a state.

import { el } from "./dom.js";

const COLOURS = ["#1264a3", "#2b8a5e", "#b0431e", "#7c3085", "#ad6800", "#0f7c82", "#8a2849", "#46598f"];

/** Everything that rendering asks about people and places; made anew for each state. */
export function naming(state) {
  return {
    userName: (id) => (state.users[id] ? displayName(state.users[id]) : null),
    channelName: (id) => state.channels.find((channel) => channel.id === id)?.name ?? null,
    groupHandle: (id) => (state.usergroups[id] ? `@${state.usergroups[id]}` : null),
    isMe: (id) => id === state.me,
  };
}

export function displayName(user) {
  return user.real_name || user.name;
}

/** A rounded square with initials; apps have a glyph of their own. */
export function avatar(user, size) {
  const seed = [...user.id].reduce((sum, letter) => sum * 31 + letter.codePointAt(0), 7);
  const initials = displayName(user)
    .split(/\s+/)
    .map((word) => word[0])
    .slice(0, 2)
    .join("")
    .toUpperCase();
  const node = el("span", { class: `avatar avatar-${size}${user.is_bot ? " avatar-app" : ""}`, "aria-hidden": "true" });
  node.textContent = initials;
  node.style.setProperty("--avatar", COLOURS[Math.abs(seed) % COLOURS.length]);
  return node;
}
