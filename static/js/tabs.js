// @ts-check
/** On a narrow screen notes and transcript take turns; switching needs no request and does not stop the sound. */
import { behaviour } from "./attach.js";

const narrow = matchMedia("(max-width: 820px)");

/** @param {string} tab */
export function showTab(tab) {
  const columns = /** @type {HTMLElement | null} */ (document.querySelector("[data-cols]"));
  if (!columns) return;
  columns.dataset.tab = tab;
  // Side by side both are "Notes".
  const current = narrow.matches ? tab : "notes";
  for (const link of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-show]"))) {
    if (link.dataset.show === current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

behaviour("[data-cols]", (columns) => {
  showTab(columns.dataset.tab ?? "notes");
  narrow.addEventListener("change", () => showTab(columns.dataset.tab ?? "notes"));
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (
    document.querySelectorAll("[data-show]")
  )) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      showTab(link.dataset.show ?? "notes");
      history.replaceState(null, "", link.href);
    });
  }
});
