// @ts-check
/** What a change of speakers did, with the way back: a button for some seconds, and Z. */
import { csrfHeaders } from "./csrf.js";
import { send } from "./events.js";
import { toast } from "./toasts.js";

const SHOWN_MS = 12000;

/** @type {HTMLButtonElement | null} */
let last = null;

/** @param {string} text @param {string} url */
function offerUndo(text, url) {
  last?.parentElement?.remove();
  const line = document.createElement("p");
  line.className = "toast";
  line.textContent = text;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn small";
  button.textContent = "Undo";
  button.title = "Undo (Z)";
  line.append(button);
  document.getElementById("toasts")?.append(line);
  last = button;
  let timer = 0;
  const leave = () => {
    line.remove();
    if (last === button) last = null;
  };
  const wait = () => {
    clearTimeout(timer);
    timer = window.setTimeout(leave, SHOWN_MS);
  };
  // Nobody is hurried while they are on it.
  for (const type of ["pointerenter", "focusin"]) line.addEventListener(type, () => clearTimeout(timer));
  for (const type of ["pointerleave", "focusout"]) line.addEventListener(type, wait);
  button.addEventListener("click", () => {
    leave();
    clearTimeout(timer);
    undo(url);
  });
  wait();
}

/** @param {string} url */
async function undo(url) {
  const headers = { ...csrfHeaders(), "HX-Request": "true" };
  const answer = await fetch(url, { method: "POST", headers, redirect: "error" }).catch(() => null);
  const events = JSON.parse(answer?.headers.get("HX-Trigger") ?? "{}");
  const done = events["minutebook:done"];
  if (done) toast(done.text, { isError: Boolean(done.isError) });
  else toast("Not taken back: no connection, or you are logged out. Try again from the history.", { isError: true });
  if (events["minutebook:changed"]) send("changed", events["minutebook:changed"]);
}

document.addEventListener("minutebook:done", (event) => {
  const { text, undo: url, isError } = /** @type {CustomEvent} */ (event).detail;
  if (url) offerUndo(text, url);
  else toast(text, { isError: Boolean(isError) });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "z" || event.ctrlKey || event.metaKey || event.altKey || !last) return;
  if (/** @type {Element} */ (event.target).closest("input, textarea, select, dialog")) return;
  event.preventDefault();
  last.click();
});
