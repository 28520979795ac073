// @ts-check
/** Attach a behaviour to every element that carries its `data-` attribute, now and after htmx brought new ones. */

/** @type {{selector: string, attach: (element: HTMLElement) => void, done: WeakSet<Element>}[]} */
const behaviours = [];

/**
 * @param {string} selector
 * @param {(element: HTMLElement) => void} attach called once for each element
 */
export function behaviour(selector, attach) {
  behaviours.push({ selector, attach, done: new WeakSet() });
}

/** @param {ParentNode & Node} root */
function attachAll(root) {
  for (const { selector, attach, done } of behaviours) {
    const found = [...root.querySelectorAll(selector)];
    if (root instanceof Element && root.matches(selector)) found.push(root);
    for (const element of found) {
      if (done.has(element)) continue;
      done.add(element);
      attach(/** @type {HTMLElement} */ (element));
    }
  }
}

/** Called by `app.js` when every behaviour is known. */
export function start() {
  attachAll(document);
  document.addEventListener("htmx:load", (event) => attachAll(/** @type {Element} */ (event.target)));
}
