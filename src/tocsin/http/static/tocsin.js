// What pages do beyond links and forms: copying, menus, narrowing a list, keys, and saying when a request failed.
"use strict";

const notice = document.getElementById("notice");

function say(text) {
  notice.textContent = text;
}

// The text of an element of this page, or of what its link leads to.
async function textOf(button) {
  if ("copyFrom" in button.dataset) {
    const answer = await fetch(button.href, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.text();
  }
  const source = document.getElementById(button.dataset.copy);
  return source.href ?? source.value ?? source.textContent;
}

async function copy(button) {
  await navigator.clipboard.writeText(await textOf(button));
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1500);
}

// On a phone the sections scroll, and where one is may be beyond the edge; the page itself stays where it is.
function showSection(here) {
  const edge = here.parentElement.getBoundingClientRect().right;
  here.parentElement.scrollLeft += Math.max(0, here.getBoundingClientRect().right - edge);
}

const section = document.querySelector(".sections > [aria-current]");
if (section) showSection(section);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (button) {
    event.preventDefault();
    copy(button).catch(() => say("The browser did not let us copy; select the text and copy it yourself."));
  }
  if (event.target.closest("[data-opens]")) {
    document.getElementById(event.target.closest("[data-opens]").dataset.opens).showModal();
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// Hides the lines of a list that do not say what was typed; what is folded away is opened to be looked through.
document.addEventListener("input", (event) => {
  const list = document.getElementById(event.target.dataset.filter);
  if (!list) return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const line of list.querySelectorAll("ol > li, :scope > div:not(:has(ol))")) {
    line.hidden = wanted !== "" && !line.textContent.toLowerCase().includes(wanted);
  }
  if (wanted) for (const fold of list.querySelectorAll("details:has(li)")) fold.open = true;
});

const FRAMES = ".stack[open] .frame > summary";
const NAMES = ".issue .name";

function step(selector, by) {
  const all = [...document.querySelectorAll(selector)].filter((each) => each.checkVisibility());
  const at = all.indexOf(document.activeElement);
  const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

// Presses or enters what names the key; false where the page has nothing of the kind.
function use(key) {
  const target = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((each) => each.checkVisibility());
  if (!target) return false;
  if (target.matches("input, textarea, select")) target.focus();
  else target.click();
  return true;
}

const KEYS = {
  j: () => use("j") || step(NAMES, 1),
  k: () => use("k") || step(NAMES, -1),
  o: () => document.querySelector(".issue:focus-within .name")?.click(),
  n: () => step(FRAMES, 1),
  p: () => step(FRAMES, -1),
  "/": () => document.querySelector("main [type=search]")?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
};
const TWO_KEYS_WITHIN = 1000; // milliseconds between the two keys of `g i`
let firstKey = { key: "", at: 0 };

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelector("details.menu[open]")?.removeAttribute("open");
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("textarea, select, input:not([type=radio], [type=checkbox])")) return;
  const isSecond = firstKey.key === "g" && event.timeStamp - firstKey.at < TWO_KEYS_WITHIN;
  firstKey = { key: event.key, at: event.timeStamp };
  if (isSecond ? use(`g${event.key}`) : pressed(event.key)) event.preventDefault();
});

function pressed(key) {
  if (!(key in KEYS)) return use(key);
  KEYS[key]();
  return true;
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!notice.contains(event.target)) say(""); // a form that stands in the notice has to live until it is answered
});
document.addEventListener("htmx:sendError", () => say("Tocsin did not answer. Check your connection and try again."));
document.addEventListener("htmx:responseError", (event) => {
  const answer = event.detail.xhr;
  const isSentence = (answer.getResponseHeader("Content-Type") ?? "").startsWith("text/plain");
  say(isSentence ? answer.responseText : "That did not work. Reload the page and try again.");
});
