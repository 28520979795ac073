// @ts-check
/** Find in the transcript: all rows at once, marked without changing them. */

const WAIT_MS = 120;
const MAX_HITS = 2000;
const canHighlight = "highlights" in CSS;

/**
 * @param {HTMLElement} section
 * @param {import("./segment_index.js").SegmentIndex} index
 */
export function attachFind(section, index) {
  const form = /** @type {HTMLFormElement} */ (section.querySelector("[data-find]"));
  const input = /** @type {HTMLInputElement} */ (form.querySelector("input"));
  const count = /** @type {HTMLOutputElement} */ (form.querySelector("output"));
  const steps = /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll("[data-find-step]"));
  /** @type {Range[]} */
  let hits = [];
  let now = -1;
  let timer = 0;

  const show = () => {
    for (const button of steps) button.hidden = !hits.length;
    count.textContent = !input.value.trim()
      ? ""
      : hits.length
        ? `${now + 1} of ${hits.length}${hits.length === MAX_HITS ? "+" : ""}`
        : "none";
    mark(hits, now);
    const row = hits[now]?.startContainer.parentElement?.closest(".seg");
    row?.scrollIntoView({ block: "center" });
  };
  const search = () => {
    hits = findAll(index.rows, input.value.trim());
    now = hits.length ? 0 : -1;
    show();
  };
  const step = (/** @type {number} */ by) => {
    // Rows that became words, or were edited, have lost their marks.
    if (hits.some((hit) => !hit.startContainer.isConnected)) {
      const at = now;
      hits = findAll(index.rows, input.value.trim());
      now = Math.min(at, hits.length - 1);
    }
    if (!hits.length) return;
    now = (now + by + hits.length) % hits.length;
    show();
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(search, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape" && input.value) {
      input.value = "";
      search();
    } else return;
    event.preventDefault();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const button of steps) button.addEventListener("click", () => step(Number(button.dataset.findStep)));
}

/** @param {Range[]} hits @param {number} now */
function mark(hits, now) {
  if (!canHighlight) {
    for (const row of document.querySelectorAll(".seg.cited")) row.classList.remove("cited");
    hits[now]?.startContainer.parentElement?.closest(".seg")?.classList.add("cited");
    return;
  }
  CSS.highlights.set("find", new Highlight(...hits.filter((_, i) => i !== now)));
  CSS.highlights.set("find-now", new Highlight(...(hits[now] ? [hits[now]] : [])));
}

/** @param {HTMLElement[]} rows @param {string} wanted @returns {Range[]} */
function findAll(rows, wanted) {
  const needle = wanted.toLowerCase();
  const hits = /** @type {Range[]} */ ([]);
  if (!needle) return hits;
  for (const row of rows) {
    if (row.hidden) continue;
    const place = row.querySelector("p");
    const text = place?.textContent?.toLowerCase() ?? "";
    for (
      let at = text.indexOf(needle);
      at >= 0 && hits.length < MAX_HITS;
      at = text.indexOf(needle, at + needle.length)
    ) {
      const range = makeRange(/** @type {HTMLElement} */ (place), at, at + needle.length);
      if (range) hits.push(range);
    }
  }
  return hits;
}

/** @param {HTMLElement} place @param {number} from @param {number} to @returns {Range | null} characters of its text, over any elements inside */
function makeRange(place, from, to) {
  const range = document.createRange();
  const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  let passed = 0;
  let hasStart = false;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.textContent?.length ?? 0;
    if (!hasStart && from < passed + length) {
      range.setStart(node, from - passed);
      hasStart = true;
    }
    if (hasStart && to <= passed + length) {
      range.setEnd(node, to - passed);
      return range;
    }
    passed += length;
  }
  return null;
}
