// @ts-check
/** Action items by keyboard: J and K go, X ticks, reopens or confirms, E edits (see `lines.js`); and one box that selects all. */
import { behaviour } from "./attach.js";

/** @param {HTMLElement} list @param {number} step */
function go(list, step) {
  const lines = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".act")]);
  const now = lines.findIndex((line) => line.contains(document.activeElement));
  lines[now < 0 ? 0 : Math.max(0, Math.min(lines.length - 1, now + step))]?.focus();
}

behaviour("[data-line-keys]", (list) => {
  document.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (!list.isConnected || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
    const line = document.activeElement?.closest(".act");
    if (event.key === "j" || event.key === "k") go(list, event.key === "j" ? 1 : -1);
    else if (event.key === "x" && line)
      /** @type {HTMLElement | null} */ (line.querySelector(".check, [data-confirm]"))?.click();
    else return;
    event.preventDefault();
  });
});

behaviour("[data-bulk]", (form) => {
  const all = /** @type {HTMLInputElement} */ (form.querySelector("[data-bulk-all]"));
  const boxes = () =>
    /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll(`input[form="${form.id}"]`));
  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
  });
  form.addEventListener("submit", (event) => {
    if (![...boxes()].some((box) => box.checked)) {
      event.preventDefault();
      all.focus();
    }
  });
});
