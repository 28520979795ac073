// @ts-check
/** The transcript follows the sound, word by word, until the person scrolls. */
import { listen } from "./events.js";

const MAY_SCROLL = ["wheel", "touchmove"];
const SCROLL_KEYS = ["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown"];
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * @param {HTMLElement} section
 * @param {import("./segment_index.js").SegmentIndex} index
 * @param {import("./words.js").Words} words
 */
export function attachFollow(section, index, words) {
  const button = /** @type {HTMLButtonElement} */ (section.querySelector("[data-follow]"));
  /** @type {HTMLElement | null} */
  let row = null;
  /** @type {HTMLElement | null} */
  let word = null;
  let isFollowing = true;

  const setFollowing = (/** @type {boolean} */ value) => {
    isFollowing = value;
    button.setAttribute("aria-pressed", String(value));
    if (value && row) show(row);
  };
  button.addEventListener("click", () => setFollowing(!isFollowing));
  listen("seek", () => setFollowing(true));
  for (const type of MAY_SCROLL) section.addEventListener(type, () => setFollowing(false), { passive: true });
  section.addEventListener("keydown", (event) => {
    if (SCROLL_KEYS.includes(event.key) && !(event.target instanceof HTMLTextAreaElement))
      setFollowing(false);
  });
  section.addEventListener("dblclick", () => setFollowing(false));

  listen("time", ({ ms }) => {
    button.hidden = false;
    const now = index.at(ms);
    if (now !== row) {
      row?.classList.remove("now");
      now?.classList.add("now");
      row = now;
      if (now && isFollowing && !section.querySelector(".edit")) show(now);
    }
    const said = now ? words.elementAt(now, ms) : null;
    if (said === word) return;
    word?.classList.remove("word");
    said?.classList.add("word");
    word = said;
  });
}

/** @param {HTMLElement} row */
function show(row) {
  if (!row.offsetParent) return;
  row.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
}
