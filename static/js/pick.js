// @ts-check
/** Several lines at once: Shift+arrows, Shift+click on a time, or text marked over several lines; then "Who said them?". */

/**
 * @param {HTMLElement} section
 * @param {import("./segment_index.js").SegmentIndex} index
 * @param {(url: string) => void} openDialog
 */
export function attachPick(section, index, openDialog) {
  const list = index.list;
  const bar = /** @type {HTMLElement} */ (section.querySelector("[data-picked]"));
  const count = /** @type {HTMLElement} */ (bar.querySelector("[data-picked-count]"));
  /** @type {[HTMLElement, HTMLElement] | null} the line where it began, and where it is now */
  let ends = null;

  const range = () => {
    if (!ends) return [];
    const [low, high] = ends.map((row) => index.rows.indexOf(row)).sort((a, b) => a - b);
    return low < 0 ? [] : index.rows.slice(low, high + 1);
  };
  const show = () => {
    for (const row of list.querySelectorAll(".picked")) row.classList.remove("picked");
    const rows = range();
    for (const row of rows) row.classList.add("picked");
    bar.hidden = !rows.length;
    count.textContent = rows.length === 1 ? "1 line" : `${rows.length} lines`;
  };
  const pick = (/** @type {HTMLElement} */ from, /** @type {HTMLElement} */ to) => {
    ends = [from, to];
    show();
  };
  const clear = () => {
    ends = null;
    show();
  };
  const open = (/** @type {string | undefined} */ url) => {
    const rows = range();
    if (!rows.length) return;
    const [first, last] = [rows[0], rows[rows.length - 1]].map((row) => row.id.slice(4));
    openDialog(`${url}?first=${first}&last=${last}`);
  };
  const ask = () => open(section.dataset.linesUrl);
  const citer = /** @type {HTMLElement | null} */ (bar.querySelector("[data-picked-cite]"));
  const cite = () => open(citer?.dataset.url);

  list.addEventListener("keydown", (event) => {
    const row = /** @type {HTMLElement} */ (event.target);
    if (!row.matches(".seg")) return;
    if (event.shiftKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const next = index.next(row, event.key === "ArrowDown" ? 1 : -1);
      if (!next) return;
      pick(ends?.[0].isConnected ? ends[0] : row, next);
      next.focus();
    } else if (ends && (event.key === "s" || event.key === "Enter") && !event.ctrlKey && !event.metaKey) ask();
    else if (ends && event.key === "c" && !event.ctrlKey && !event.metaKey) cite();
    else if (ends && event.key === "Escape") clear();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  list.addEventListener("click", (event) => {
    const row = rowOf(/** @type {Node} */ (event.target));
    if (!event.shiftKey || !row) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    getSelection()?.removeAllRanges();
    pick(ends?.[0].isConnected ? ends[0] : (rowOf(document.activeElement) ?? row), row);
  });
  list.addEventListener("pointerup", () => {
    const selection = getSelection();
    const [from, to] = [rowOf(selection?.anchorNode), rowOf(selection?.focusNode)];
    if (selection && !selection.isCollapsed && from && to && from !== to) pick(from, to);
  });
  bar.querySelector("[data-picked-ask]")?.addEventListener("click", ask);
  citer?.addEventListener("click", cite);
  bar.querySelector("[data-picked-clear]")?.addEventListener("click", clear);
  new MutationObserver(() => ends && !ends.every((row) => row.isConnected) && clear()).observe(list, {
    childList: true,
  });
  document.addEventListener("minutebook:changed", clear);
}

/** @param {Node | null | undefined} node @returns {HTMLElement | null} */
function rowOf(node) {
  const element = node instanceof Element ? node : node?.parentElement;
  return /** @type {HTMLElement | null} */ (element?.closest(".seg") ?? null);
}
