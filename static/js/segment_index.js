// @ts-check
/** The rows of the transcript by time. */

export class SegmentIndex {
  /** @type {HTMLElement[]} */
  #rows = [];
  /** @type {number[]} */
  #startsMs = [];
  #isDirty = true;

  /** @param {HTMLElement} list whose children are the rows, in order of time */
  constructor(list) {
    this.list = list;
    new MutationObserver(() => (this.#isDirty = true)).observe(list, { childList: true });
  }

  /** @returns {HTMLElement[]} */
  get rows() {
    this.#refresh();
    return this.#rows;
  }

  #refresh() {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    this.#rows = /** @type {HTMLElement[]} */ ([...this.list.children]);
    this.#startsMs = this.#rows.map((row) => Number(row.dataset.s));
  }

  /**
   * The row that is said at this time; the one that began last, where two people talk at once.
   * @param {number} ms
   * @returns {HTMLElement | null}
   */
  at(ms) {
    this.#refresh();
    let low = 0;
    let high = this.#startsMs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#startsMs[middle] <= ms) low = middle + 1;
      else high = middle;
    }
    const row = this.#rows[low - 1];
    if (!row) return null;
    if (Number(row.dataset.e) > ms) return row;
    const before = this.#rows[low - 2];
    return before && Number(before.dataset.e) > ms ? before : null;
  }

  /** The next row that is not filtered out. @param {HTMLElement} row @param {1 | -1} step @returns {HTMLElement | null} */
  next(row, step) {
    let next = /** @type {HTMLElement | null} */ (row);
    do next = /** @type {HTMLElement | null} */ (step > 0 ? next.nextElementSibling : next.previousElementSibling);
    while (next?.hidden);
    return next;
  }
}
