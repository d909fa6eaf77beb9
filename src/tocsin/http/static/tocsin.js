// What pages do beyond links and forms: copying, menus, keys on the issue list, and saying when a request failed.
"use strict";

const notice = document.getElementById("notice");

function say(text) {
  notice.textContent = text;
  notice.classList.toggle("shown", text !== "");
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) {
    copy(button).catch(() => say("The browser did not let us copy; select the text and copy it yourself."));
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  o: () => document.querySelector(".issue:focus-within .name")?.click(),
  "/": () => document.querySelector("[type=search]")?.focus(),
  e: () => document.querySelector("[data-key=e]")?.click(),
};

function step(by) {
  const names = [...document.querySelectorAll(".issue .name")];
  const at = names.indexOf(document.activeElement);
  names[Math.min(names.length - 1, Math.max(0, at + by))]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelector("details.menu[open]")?.removeAttribute("open");
  const typing = event.target.closest("input, textarea, select");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key]();
});

document.addEventListener("htmx:beforeRequest", () => say(""));
document.addEventListener("htmx:sendError", () => say("Tocsin did not answer. Check your connection and try again."));
document.addEventListener("htmx:responseError", (event) => {
  const answer = event.detail.xhr;
  const isSentence = (answer.getResponseHeader("Content-Type") ?? "").startsWith("text/plain");
  say(isSentence ? answer.responseText : "That did not work. Reload the page and try again.");
});
