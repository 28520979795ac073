// @ts-check
/** Keys for the player from anywhere on the page; never while somebody types or a control has the focus that uses the key itself. */
import { behaviour } from "./attach.js";
import { send } from "./events.js";

const USES_KEYS = "input, textarea, select, [contenteditable], dialog, summary";

document.addEventListener("keydown", (event) => {
  const target = /** @type {Element} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (target.closest(USES_KEYS)) return;
  if (event.key === "/") {
    const find = /** @type {HTMLInputElement | null} */ (document.querySelector("#find, #q"));
    if (!find) return;
    event.preventDefault();
    find.focus();
    find.select();
    return;
  }
  if (event.key === "?") showKeys();
  if (!document.querySelector("[data-player]")) return;
  if (event.key === " " && !target.closest("button, a")) act(event, "toggle");
  else if (event.key === "k") act(event, "toggle");
  else if (event.key === "j") act(event, "back");
  else if (event.key === "l") act(event, "forward");
});

/** @param {KeyboardEvent} event @param {"toggle" | "back" | "forward"} what */
function act(event, what) {
  event.preventDefault();
  send("player", { act: what });
}

behaviour("[data-keys]", (button) => button.addEventListener("click", showKeys));

function showKeys() {
  const keys = /** @type {HTMLTemplateElement | null} */ (document.getElementById("keys"));
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("dialog"));
  if (!keys || dialog.open) return;
  dialog.replaceChildren(keys.content.cloneNode(true));
  dialog.showModal();
}
