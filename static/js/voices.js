// @ts-check
/** Names on the lines, without asking for the lines again: which voice each line has is a small answer. */
import { listen, send } from "./events.js";

/** As in `transcript_html`. */
const KNOWN = "Named by voice. Click to say yes or no.";

/**
 * @typedef {{name: string, colour: number, sure: number | null}} Voice
 * @typedef {{voices: Record<string, Voice>, lines: Record<string, number[]>}} Voices
 */

/**
 * @param {string} url
 * @param {HTMLElement} list
 * @returns {Promise<boolean>} false: the lines themselves are others now, or cannot be changed one by one
 */
export async function updateVoices(url, list) {
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok || answer.redirected) return false;
  const { voices, lines } = /** @type {Voices} */ (await answer.json());
  const ids = Object.values(lines).reduce((sum, group) => sum + group.length, 0);
  if (ids !== list.children.length || lines[""]?.length) return false;
  for (const [id, group] of Object.entries(lines)) {
    const voice = voices[id];
    if (!voice) return false;
    for (const pk of group) {
      const button = /** @type {HTMLElement | null | undefined} */ (
        document.getElementById(`seg-${pk}`)?.querySelector("[data-speaker]")
      );
      if (!button) return false;
      if (button.dataset.speaker !== id) button.dataset.speaker = id;
      const style = `who c${voice.colour}${voice.sure === null ? "" : " who--known"}`;
      if (button.className !== style) {
        button.className = style;
        button.title = voice.sure === null ? "" : KNOWN;
      }
      if (button.textContent !== voice.name) button.textContent = voice.name;
    }
  }
  return true;
}

// A sample of a voice is played while the dialog stays open, and ends by itself.
document.addEventListener("click", (event) => {
  const sample = /** @type {HTMLElement | null} */ (
    /** @type {Element} */ (event.target).closest("[data-play-from]")
  );
  if (!sample || !document.querySelector("[data-player]")) return;
  event.preventDefault();
  const { playFrom, playUntil } = sample.dataset;
  send("seek", { ms: Number(playFrom), untilMs: Number(playUntil), play: true });
});

listen("seek", ({ ms, untilMs }) => {
  for (const sample of document.querySelectorAll("[data-play-from]")) {
    const isNow = untilMs !== undefined && Number(/** @type {HTMLElement} */ (sample).dataset.playFrom) === ms;
    sample.toggleAttribute("aria-current", isNow);
  }
});
