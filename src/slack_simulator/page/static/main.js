// The page: keeps one state of the workspace, draws it anew after each change, and does what people ask.

import { act, fetchState, listen } from "./api.js";
import { makeConversation } from "./conversation.js";
import { toast } from "./dialogs.js";
import { paced } from "./dom.js";
import { openJump } from "./jump.js";
import { makeModal } from "./modal.js";
import { naming } from "./naming.js";
import { renderSidebar } from "./sidebar.js";
import { makeThread } from "./thread.js";
import { makeTools } from "./tools.js";
import { renderTop } from "./topbar.js";

const node = (id) => document.getElementById(id);
// Where one is stands in the address, so that reloading and sharing it keep the place.
const nowhere = { me: null, channel: null, thread: null, tab: "messages", tool: null };
const here = { ...nowhere, ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))) };
let state = null;

const deeds = {
  did,
  press: (message, block, item, chosen) =>
    did("press", { ...of(message), action_id: item.action_id, block_id: block.block_id, user: state.me, chosen }),
  pressInView: (view, block, item, chosen) =>
    did("press_in_view", {
      view_id: view.id,
      action_id: item.action_id,
      block_id: block.block_id,
      user: state.me,
      chosen,
    }),
  typeAhead,
  say: (text, thread_ts) =>
    did("say", { channel: state.channel.id, user: state.me, text, ...(thread_ts && { thread_ts }) }),
  command,
  openThread,
  inspect: (message) => {
    tools.inspect(message);
    useTool("inspector");
  },
  showTab: (tab) => {
    here.tab = tab;
    draw();
  },
  redraw: () => {
    conversation.forget();
    draw();
  },
};
const conversation = makeConversation(node, deeds, () => state);
const thread = makeThread(node("thread"), deeds, () => state);
const tools = makeTools(node("tools"), { refresh, close: () => useTool(null), open: useTool });
const modal = makeModal({ act: did, place: () => ({ people: naming(state), directory: state, typeAhead }) });

async function refresh() {
  const asked = JSON.stringify([here.me, here.channel, here.thread]);
  const fresh = await fetchState(here);
  if (asked !== JSON.stringify([here.me, here.channel, here.thread])) return refresh();
  if (state && fresh.version < state.version) return undefined;
  state = fresh;
  here.me = state.me;
  if (!state.channel) return arrive();
  draw();
  const seen = state.channel.unread && document.visibilityState === "visible";
  if (seen) act("read", { user: state.me, channel: state.channel.id });
  return undefined;
}

// Nowhere yet, or where one may not be: the first channel that one is in.
function arrive() {
  const first = state.channels.find((channel) => channel.is_member && channel.name) ?? state.channels[0];
  return first ? go(first.id) : draw();
}

function draw() {
  history.replaceState(null, "", `#${new URLSearchParams(Object.entries(here).filter(([, value]) => value))}`);
  renderTop(node, state, here, { useTool, become });
  renderSidebar(node("sidebar"), state, { go, goDirect });
  conversation.update(here);
  thread.update(here);
  modal.update(state);
  tools.update(here.tool, state);
}

async function did(name, given) {
  const answer = await act(name, given);
  if (answer.error) toast(answer.error, { loud: true });
  else if (answer.result?.shown && name !== "submit_view") toast(answer.result.shown, { loud: true });
  await refresh();
  return answer;
}

async function typeAhead(where, item, text) {
  const answer = await act("type_ahead", { ...where, action_id: item.action_id, text, user: state.me });
  return answer.error ? { options: [], shown: answer.error } : answer.result;
}

function command(word, rest, thread_ts) {
  const app = state.apps.find((each) => each.commands.some((known) => known.command === word));
  if (!app) return toast(`${word} is not a valid command.`, { loud: true });
  const where = { channel: state.channel.id, ...(thread_ts && { thread_ts }) };
  return did("command", { command: word, text: rest, user: state.me, app: app.id, ...where });
}

function of(message) {
  return { channel: message.channel, ts: message.ts };
}

function go(channel) {
  Object.assign(here, { channel, thread: null, tab: "messages" });
  document.body.classList.remove("shows-sidebar");
  return refresh();
}

async function goDirect(other) {
  const answer = await act("open_direct", { user: state.me, other });
  return answer.error ? toast(answer.error, { loud: true }) : go(answer.result);
}

function become(user) {
  Object.assign(here, { me: user, thread: null });
  return refresh();
}

async function openThread(ts) {
  here.thread = ts;
  await refresh();
  if (ts) thread.focus();
}

function useTool(name) {
  here.tool = name;
  draw();
}

function onKey(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openJump(node("jump"), state, { go, goDirect });
  } else if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
    if (document.body.classList.contains("shows-sidebar")) document.body.classList.remove("shows-sidebar");
    else if (here.thread) openThread(null);
  }
}

document.addEventListener("keydown", onKey);
node("jump").addEventListener("click", () => openJump(node("jump"), state, { go, goDirect }));
node("menu-button").addEventListener("click", () => document.body.classList.toggle("shows-sidebar"));
document.addEventListener("visibilitychange", () => state && refresh());
listen(paced(refresh, 40), (alive) => document.body.classList.toggle("is-cut-off", !alive));
refresh();
