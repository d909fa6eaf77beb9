// The pane beside the conversation: a message and its replies.

import { makeComposer } from "./composer.js";
import { titleOf } from "./conversation.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { renderMessages } from "./message.js";
import { naming } from "./naming.js";

const NEAR_THE_END = 80;

/** The pane; `update(here)` shows the thread of `here.thread`, or nothing. */
export function makeThread(node, deeds, stateNow) {
  let ts = null;
  const composer = makeComposer({
    label: "Reply…",
    state: stateNow,
    say: (text) => deeds.say(text, ts),
    command: (word, rest) => deeds.command(word, rest, ts),
  });

  const update = (here) => {
    const state = stateNow();
    ts = here.thread;
    node.hidden = !ts;
    if (!ts) return fill(node);
    const list = listFor(state);
    if (!state.thread) return fill(list, el("p", { class: "tool-empty", text: "This thread is gone." }));
    const follows = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_THE_END;
    const { parent, replies, is_locked: isLocked } = state.thread;
    renderMessages(list, [parent, ...replies], { ...deeds, state, people: naming(state), inThread: true });
    if (replies.length) list.firstElementChild.after(replyLine(replies.length));
    if (follows) list.scrollTop = list.scrollHeight;
    composer.hidden = !state.channel.is_member || state.channel.is_archived || isLocked;
    return undefined;
  };

  const listFor = (state) => {
    const shown = node.querySelector(".thread-messages");
    if (shown?.dataset.ts === ts) return shown;
    const list = el("div", { class: "thread-messages", "data-ts": ts });
    const leave = () => deeds.openThread(null);
    const head = el(
      "header",
      { class: "thread-head" },
      el("h2", { text: "Thread" }),
      el("span", { class: "topic", text: titleOf(state.channel, state) }),
      el("button", { class: "tool", type: "button", "aria-label": "Close thread", onclick: leave }, icon("close")),
    );
    fill(node, head, list, composer);
    return list;
  };

  return { update, focus: () => composer.focusField() };
}

function replyLine(count) {
  return el(
    "div",
    { class: "reply-line", "data-key": `replies ${count}` },
    `${count} ${count === 1 ? "reply" : "replies"}`,
  );
}
