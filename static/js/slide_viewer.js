// @ts-check
/** Slides one at a time over the whole window: arrow keys, Home, End, Esc. Without this a picture opens as a picture. */
import { behaviour } from "./attach.js";

behaviour("[data-viewer]", (grid) => {
  const links = () => /** @type {HTMLAnchorElement[]} */ ([...grid.querySelectorAll("a[data-view]")]);
  grid.addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest("a[data-view]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(links(), links().indexOf(/** @type {HTMLAnchorElement} */ (link)));
  });
  if (location.hash.startsWith("#slide-")) {
    const at = links().findIndex((link) => link.closest("li")?.id === location.hash.slice(1));
    if (at >= 0) open(links(), at);
  }
});

/** @param {HTMLAnchorElement[]} links @param {number} first */
function open(links, first) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("viewer-template"));
  const dialog = /** @type {HTMLDialogElement} */ (
    /** @type {Element} */ (template.content.firstElementChild).cloneNode(true)
  );
  const picture = /** @type {HTMLImageElement} */ (dialog.querySelector("img"));
  const caption = /** @type {HTMLElement} */ (dialog.querySelector("[data-caption]"));
  let at = first;
  const show = (/** @type {number} */ next) => {
    at = Math.max(0, Math.min(links.length - 1, next));
    picture.src = links[at].href;
    picture.alt = links[at].querySelector("img")?.alt ?? "";
    caption.textContent = `${at + 1} of ${links.length}`;
    for (const button of dialog.querySelectorAll("[data-step]")) {
      const step = Number(/** @type {HTMLElement} */ (button).dataset.step);
      /** @type {HTMLButtonElement} */ (button).disabled = !links[at + step];
    }
  };
  dialog.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("button");
    if (button?.dataset.step) show(at + Number(button.dataset.step));
    else if (button) dialog.close();
  });
  // On the document: an address with a `#` takes the focus out of the dialog after it has opened.
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    /** @type {Record<string, number>} */
    const places = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 };
    if (!(event.key in places)) return;
    event.preventDefault();
    show(places[event.key]);
  };
  document.addEventListener("keydown", onKey);
  dialog.addEventListener("close", () => {
    document.removeEventListener("keydown", onKey);
    dialog.remove();
    links[at]?.focus();
  });
  document.body.append(dialog);
  show(first);
  dialog.showModal();
}
