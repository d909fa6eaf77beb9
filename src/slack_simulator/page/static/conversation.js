// The conversation in the middle: its heading, its messages or an app's Home tab, and the composer.

import { renderBlocks } from "./blocks.js";
import { makeComposer } from "./composer.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { renderMessages } from "./message.js";
import { avatar, displayName, naming } from "./naming.js";
import { channelIcon, otherIn } from "./sidebar.js";

const NEAR_THE_END = 40;

/** "#ops", or the name of the one with whom `me` shares a direct message. */
export function titleOf(channel, state) {
  return channel.kind === "im" ? displayName(otherIn(channel, state)) : `#${channel.name}`;
}

/** The pane; `update(here)` draws the state of the moment, `forget()` makes the next drawing start afresh. */
export function makeConversation(node, deeds, stateNow) {
  const messages = node("messages");
  let drawn = null;
  let headed = null;
  let newFrom = null;
  let atEnd = true;
  const composer = makeComposer({
    label: "Message",
    state: stateNow,
    say: (text) => deeds.say(text),
    command: deeds.command,
  });
  node("composer").append(composer);

  const update = (here) => {
    const state = stateNow();
    const { channel } = state;
    node("main").hidden = !channel;
    if (!channel) return;
    document.title = `${titleOf(channel, state)} · ${state.workspace.name}`;
    const app = homeApp(channel, state);
    const tab = app && here.tab === "home" ? "home" : "messages";
    const about = JSON.stringify([state.me, { ...channel, messages: null }, tab]);
    if (about !== headed) fill(node("channel-head"), heading(channel, state, deeds), app && tabs(tab, app, state, deeds));
    headed = about;
    node("composer").hidden = tab === "home" || !channel.is_member || channel.is_archived;
    composer.label(`Message ${titleOf(channel, state)}`);
    startAfresh(JSON.stringify([state.me, channel.id, tab]), channel, tab);
    if (tab === "home") renderHome(messages, app, state, deeds);
    else renderChannel(channel, state, here);
    keepAtEnd();
  };

  const startAfresh = (key, channel, tab) => {
    if (key === drawn) return;
    drawn = key;
    newFrom = channel.unread ? channel.last_read : null;
    atEnd = tab === "messages";
    messages.replaceChildren();
  };

  const renderChannel = (channel, state, here) => {
    const surface = { ...deeds, state, people: naming(state), open: here.thread, dividers: true, newFrom };
    renderMessages(messages, channel.messages, surface);
    if (channel.is_whole) messages.prepend(beginning(titleOf(channel, state)));
  };

  // New messages come into view unless one has scrolled back; so does the last one when the room for it changes.
  const keepAtEnd = () => {
    if (atEnd) messages.scrollTop = messages.scrollHeight;
  };
  messages.addEventListener("scroll", () => {
    atEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < NEAR_THE_END;
  });
  new ResizeObserver(keepAtEnd).observe(messages);

  return { update, forget: () => (drawn = null) };
}

function heading(channel, state, deeds) {
  const isDirect = channel.kind === "im";
  const picture = isDirect ? avatar(otherIn(channel, state), 24) : channelIcon(channel);
  const join = () => deeds.did("join", { channel: channel.id, user: state.me });
  const names = channel.members.map((user) => naming(state).userName(user)).join(", ");
  return el(
    "div",
    { class: "heading" },
    el("h1", {}, picture, el("span", { text: isDirect ? titleOf(channel, state) : channel.name })),
    el("span", { class: "topic", text: channel.topic }),
    channel.is_archived && el("span", { class: "fact fact-loud", text: "Archived" }),
    channel.is_shared && el("span", { class: "fact", text: "Shared with another workspace" }),
    !channel.is_member &&
      !channel.is_archived &&
      el("button", { class: "button button-default", type: "button", text: "Join channel", onclick: join }),
    !isDirect && el("span", { class: "fact", title: names }, icon("people", 16), String(channel.members.length)),
  );
}

function tabs(tab, app, state, deeds) {
  const one = (name, words) => {
    const choose = () => {
      deeds.showTab(name);
      deeds.did("open_home", { user: state.me, app: app.id, tab: name });
    };
    const shown = { class: `tab${tab === name ? " is-here" : ""}`, role: "tab", "aria-selected": String(tab === name) };
    return el("button", { ...shown, type: "button", text: words, onclick: choose });
  };
  return el("div", { class: "tabs", role: "tablist" }, one("home", "Home"), one("messages", "Messages"));
}

// The app whose Home tab stands beside this conversation with its bot.
function homeApp(channel, state) {
  const other = channel.kind === "im" ? otherIn(channel, state) : null;
  return state.apps.find((app) => app.id === other?.app && app.home_tab) ?? null;
}

function renderHome(node, app, state, deeds) {
  const view = state.homes[app.id];
  if (!view) {
    const words = el("p", { text: `${app.name} has published no Home tab for you.` });
    return fill(node, el("div", { class: "empty" }, icon("home", 32), words));
  }
  if (node.firstElementChild?.dataset.key === view.hash) return undefined;
  const place = {
    people: naming(state),
    directory: state,
    chosen: (block, item) => view.values[block.block_id]?.[item.action_id],
    use: (block, item, chosen) => deeds.pressInView(view, block, item, chosen),
    typeAhead: (block, item, text) => deeds.typeAhead({ view_id: view.id }, item, text),
  };
  return fill(node, el("div", { class: "home", "data-key": view.hash }, ...renderBlocks(view.payload.blocks, place)));
}

function beginning(title) {
  return el(
    "div",
    { class: "empty" },
    el("h2", { text: title }),
    el("p", { text: `This is the very beginning of ${title}.` }),
  );
}
