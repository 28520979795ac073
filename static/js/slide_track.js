// @ts-check
/** Slides on the player's axis, and the one on screen beside the transcript while it plays. */
import { csrfHeaders } from "./csrf.js";
import { listen, send } from "./events.js";
import { clock } from "./format.js";

const DRAG_PX = 4;

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
      let moved = false;
      button.addEventListener("click", () => {
        if (!moved) send("seek", { ms: slide.at_ms, play: true });
        moved = false;
      });
      if (place.dataset.timeUrl) {
        makeMovable(button, place, (share) => {
          moved = true;
          void setTime(place.dataset.timeUrl ?? "", slide, Math.round(share * durationMs));
        });
      }
      return button;
    }),
  );
}

/**
 * Drag along the axis; `done` gets where it was let go, 0..1. By keyboard the time is typed on the Slides tab.
 * @param {HTMLElement} button @param {HTMLElement} place @param {(share: number) => void} done
 */
function makeMovable(button, place, done) {
  let startX = 0;
  let grabbedAt = 0;
  let dragging = false;
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    startX = event.clientX;
    grabbedAt = event.clientX - button.getBoundingClientRect().left;
    dragging = false;
    button.setPointerCapture(event.pointerId);
  });
  const find = (/** @type {PointerEvent} */ event) => {
    const box = place.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - grabbedAt - box.left) / box.width));
  };
  button.addEventListener("pointermove", (event) => {
    if (!button.hasPointerCapture(event.pointerId)) return;
    dragging = dragging || Math.abs(event.clientX - startX) > DRAG_PX;
    if (dragging) button.style.insetInlineStart = `${find(event) * 100}%`;
  });
  button.addEventListener("pointerup", (event) => {
    if (dragging) done(find(event));
  });
}

/** @param {string} url with 0 for the slide's id @param {ShownSlide} slide @param {number} atMs */
async function setTime(url, slide, atMs) {
  const body = new FormData();
  body.append("at_ms", String(atMs));
  const headers = { ...csrfHeaders(), "HX-Request": "true" };
  await fetch(url.replace("/0/", `/${slide.id}/`), { method: "POST", body, headers }).catch(() => null);
  send("changed", { what: "slides" });
}
