// @ts-check
/** The page's one dialog: opens when htmx has put something into it, closes by Esc, a button, or a form that succeeded. */
import { behaviour } from "./attach.js";

behaviour("[data-dialog]", (element) => {
  const dialog = /** @type {HTMLDialogElement} */ (element);
  dialog.addEventListener("htmx:afterSwap", (event) => {
    if (event.target === dialog && !dialog.open) dialog.showModal();
  });
  dialog.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target === dialog || target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
    // A source that is played lies behind the dialog.
    if (target.closest("[data-seek]")) dialog.close();
  });
  dialog.addEventListener("htmx:afterRequest", (event) => {
    const { successful, elt } = /** @type {CustomEvent} */ (event).detail;
    if (successful && elt.matches("[data-close-after]")) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.replaceChildren());
});
