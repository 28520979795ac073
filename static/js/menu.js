// @ts-check
/** A `details` as a menu: closes when the focus or a click goes elsewhere, and by Esc. */
import { behaviour } from "./attach.js";

behaviour("[data-menu]", (element) => {
  const menu = /** @type {HTMLDetailsElement} */ (element);
  const summary = /** @type {HTMLElement} */ (menu.querySelector("summary"));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    summary.focus();
  });
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(/** @type {Node | null} */ (event.relatedTarget)) && event.relatedTarget)
      menu.open = false;
  });
  menu.addEventListener("click", (event) => {
    if (/** @type {Element} */ (event.target).closest("a")) menu.open = false;
  });
  document.addEventListener("pointerdown", (event) => {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
  });
});
