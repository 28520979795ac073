// @ts-check
/**
 * Words with times, only where somebody looks. A row comes as plain text; when it is near the viewport its words are fetched (a range of
 * time at once) and become elements, so that one can click a word and see the one that is said.
 */

const SETTLE_MS = 150;
const MARGIN = "300px";

/** @typedef {[startMs: number, endMs: number, text: string]} Word */

export class Words {
  /** @type {WeakMap<Element, Word[]>} an edited row is another element, so its old times are never used */
  #known = new WeakMap();
  /** @type {Set<HTMLElement>} */
  #visible = new Set();
  #timer = 0;

  /** @param {HTMLElement} list @param {string} url */
  constructor(list, url) {
    this.list = list;
    this.url = url;
    const watcher = new IntersectionObserver((entries) => this.#see(entries), { rootMargin: MARGIN });
    for (const row of list.children) watcher.observe(row);
    new MutationObserver((changes) => {
      for (const change of changes) {
        for (const node of change.addedNodes) if (node instanceof Element) watcher.observe(node);
        for (const node of change.removedNodes) if (node instanceof HTMLElement) this.#visible.delete(node);
      }
    }).observe(list, { childList: true });
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #see(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.#visible.add(/** @type {HTMLElement} */ (target));
      else this.#visible.delete(/** @type {HTMLElement} */ (target));
    }
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#load([...this.#visible]), SETTLE_MS);
  }

  /** @param {HTMLElement[]} rows */
  async #load(rows) {
    const wanted = rows.filter((row) => !this.#known.has(row) && row.isConnected);
    if (!wanted.length) return;
    const from = Math.min(...wanted.map((row) => Number(row.dataset.s)));
    const to = Math.max(...wanted.map((row) => Number(row.dataset.e)));
    const answer = await fetch(`${this.url}?from=${from}&to=${to}`).catch(() => null);
    if (!answer?.ok) return;
    /** @type {Record<string, Word[]>} */
    const found = await answer.json();
    for (const row of wanted) {
      const words = found[row.id.slice(4)];
      if (!words || !row.isConnected) continue;
      this.#known.set(row, words);
      spread(row, words);
    }
  }

  /**
   * The element of the word that is said at this time, when the row's words are there.
   * @param {HTMLElement} row
   * @param {number} ms
   * @returns {HTMLElement | null}
   */
  elementAt(row, ms) {
    const words = this.#known.get(row);
    if (!words) {
      this.#load([row]);
      return null;
    }
    const index = words.findIndex(([startMs, endMs]) => ms >= startMs && ms < endMs);
    return index < 0 ? null : row.querySelector(`p span[data-w="${index}"]`);
  }

  /** @param {HTMLElement} row @param {HTMLElement} element @returns {number | null} */
  startOf(row, element) {
    return this.#known.get(row)?.[Number(element.dataset.w)]?.[0] ?? null;
  }
}

/**
 * Each word its own element; the text stays the same to the letter, else the row is left alone.
 * @param {HTMLElement} row
 * @param {Word[]} words
 */
function spread(row, words) {
  const place = row.querySelector("p");
  if (!place || row.querySelector("form")) return;
  const text = (place.textContent ?? "").trim();
  if (words.map(([, , word]) => word.trim()).join(" ") !== text.split(/\s+/).join(" ")) return;
  const selection = getSelection();
  if (selection && !selection.isCollapsed && selection.containsNode(place, true)) return;
  const parts = words.flatMap(([, , word], index) => {
    const span = document.createElement("span");
    span.textContent = word.trim();
    span.dataset.w = String(index);
    return index ? [" ", span] : [span];
  });
  place.replaceChildren(...parts);
}
