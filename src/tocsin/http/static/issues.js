// The list of issues: ticking, and keys that mean the ticked issues or, where none is, the one that has the focus.
"use strict";

const ticks = [...document.querySelectorAll(".tick")];
const tickAll = document.getElementById("tick-all");
const all = document.getElementById("all");

function showTicked() {
  const count = ticks.filter((tick) => tick.checked).length;
  const everything = all?.checked;
  if (all && count < ticks.length) all.checked = false;
  tickAll.checked = count === ticks.length;
  tickAll.indeterminate = count > 0 && count < ticks.length;
  document.getElementById("ticked").textContent = everything && all.checked ? "All" : count ? `${count} selected` : "Select all";
  for (const control of document.querySelectorAll("#bulk button, #bulk summary")) {
    control.toggleAttribute(control.matches("summary") ? "inert" : "disabled", count === 0);
  }
  document.getElementById("bulk").classList.toggle("is-idle", count === 0);
}

function focused() {
  return document.activeElement?.closest(".issue")?.querySelector(".tick");
}

// Lets a key that acts on issues mean the one in the focus; whether there is any issue to act on.
function tickFocused() {
  const tick = focused();
  if (tick && !ticks.some((each) => each.checked)) {
    tick.checked = true;
    showTicked();
  }
  return ticks.some((each) => each.checked);
}

const PLACE = "place in the list";
let triaged = null; // the row in which a key was pressed that acts on issues

// Notes where the focus is to be when the list is back: at this row if it still stands there, or at what came next.
function keepPlace() {
  const rows = [...document.querySelectorAll(".issue .tick")].map((tick) => tick.value);
  const at = rows.indexOf(triaged);
  if (at >= 0) sessionStorage.setItem(PLACE, JSON.stringify([...rows.slice(at), ...rows.slice(0, at).reverse()]));
}

function backToPlace() {
  const rows = JSON.parse(sessionStorage.getItem(PLACE) ?? "[]");
  sessionStorage.removeItem(PLACE);
  if (document.querySelector("[autofocus]")) return; // what was refused goes first
  const tick = rows.map((id) => ticks.find((each) => each.value === id)).find((each) => each);
  tick?.closest(".issue").querySelector(".name").focus();
}

backToPlace();
document.getElementById("bulk")?.addEventListener("submit", keepPlace);

if (tickAll) {
  tickAll.addEventListener("change", () => {
    for (const tick of ticks) tick.checked = tickAll.checked;
    showTicked();
  });
  all?.addEventListener("change", () => {
    if (all.checked) for (const tick of ticks) tick.checked = true;
    showTicked();
  });
  for (const tick of ticks) tick.addEventListener("change", showTicked);
  showTicked();
}

// Before the keys of all pages see it: those press a button that must have something to do by then.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("textarea, select, input:not([type=checkbox])")) return;
  if (event.key === "x" && focused()) {
    focused().checked = !focused().checked;
    showTicked();
  } else if (["e", "r", "a"].includes(event.key)) {
    if (!tickFocused()) return;
    triaged = focused()?.value;
    if (event.key === "a") {
      document.querySelector("[data-opens-key=a]").parentElement.open = true;
      document.getElementById("bulk-to").focus();
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }
}, { capture: true });
