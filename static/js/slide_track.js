// @ts-check
/** Slides on the player's axis, and the one on screen beside the transcript while it plays. */
import { listen, send } from "./events.js";
import { clock } from "./format.js";

/** @typedef {{id: number, at_ms: number, title: string, picture: string, is_sure: boolean}} ShownSlide */

/** @type {ShownSlide[]} */
let shown = [];
listen("time", ({ ms, isPlaying }) => {
  const place = /** @type {HTMLElement | null} */ (document.querySelector("[data-slide-now]"));
  if (!place) return;
  const slide = shown.findLast((each) => each.at_ms <= ms && each.picture);
  if (slide && (isPlaying || !place.hidden)) {
    const picture = /** @type {HTMLImageElement} */ (place.querySelector("img"));
    if (place.dataset.slideNow !== String(slide.id)) {
      place.dataset.slideNow = String(slide.id);
      picture.src = slide.picture;
      picture.alt = slide.title;
      /** @type {HTMLAnchorElement} */ (picture.parentElement).href = `?tab=slides#slide-${slide.id}`;
    }
    place.hidden = false;
  } else if (!slide) {
    place.hidden = true;
  }
});

/** @param {HTMLElement} place @param {ShownSlide[]} slides in order of time @param {number} durationMs */
export function showSlides(place, slides, durationMs) {
  shown = slides;
  place.hidden = !slides.length;
  place.replaceChildren(
    ...slides.map((slide) => {
      const button = document.createElement("button");
      button.type = "button";
      const doubt = slide.is_sure ? "" : " (time uncertain)";
      button.setAttribute("aria-label", `Slide at ${clock(slide.at_ms)}: ${slide.title}${doubt}`);
      button.title = `${clock(slide.at_ms)} ${slide.title}${doubt}`;
      button.classList.toggle("unsure", !slide.is_sure);
      button.style.insetInlineStart = `${(slide.at_ms / durationMs) * 100}%`;
      if (slide.picture) {
        const picture = document.createElement("img");
        picture.src = slide.picture;
        picture.alt = "";
        picture.loading = "lazy";
        button.append(picture);
      }
      button.addEventListener("click", () => send("seek", { ms: slide.at_ms, play: true }));
      return button;
    }),
  );
}
