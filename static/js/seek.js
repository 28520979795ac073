// @ts-check
/** Anything with `data-seek` plays from there; a citation also lights up the lines it stands for. */
import { listen, send } from "./events.js";
import { showTab } from "./tabs.js";

/** @param {string[]} ids */
function lightUp(ids) {
  for (const row of document.querySelectorAll(".seg.cited")) row.classList.remove("cited");
  const rows = ids.map((id) => document.getElementById(`seg-${id}`)).filter((row) => row !== null);
  for (const row of rows) row.classList.add("cited");
  return rows[0] ?? null;
}

document.addEventListener("click", (event) => {
  const target = /** @type {HTMLElement | null} */ (
    /** @type {Element} */ (event.target).closest("[data-seek]")
  );
  if (!target || event.defaultPrevented) return;
  if (target.dataset.cite) {
    const first = lightUp(target.dataset.cite.split(" "));
    // On another page the link leads to the meeting.
    if (!first) return;
    if (!matchMedia("(max-width: 820px)").matches) first.scrollIntoView({ block: "center" });
  }
  event.preventDefault();
  send("seek", { ms: Number(target.dataset.seek), play: true });
});

/** @type {HTMLElement[]} */
let lit = [];
listen("time", ({ ms, isPlaying }) => {
  const now = /** @type {HTMLElement[]} */ (
    isPlaying
      ? [...document.querySelectorAll("[data-until]")].filter((chip) => {
          const { seek, until } = /** @type {HTMLElement} */ (chip).dataset;
          return ms >= Number(seek) && ms < Number(until);
        })
      : []
  );
  for (const chip of lit) if (!now.includes(chip)) chip.classList.remove("playing");
  for (const chip of now) chip.classList.add("playing");
  lit = now;
});

// An address that names a line shows it, also on a narrow screen.
if (location.hash.startsWith("#seg-")) {
  showTab("transcript");
  lightUp([location.hash.slice(5)])?.scrollIntoView({ block: "center" });
}
