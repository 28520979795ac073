// @ts-check
/** The notes of a meeting that still runs, looked at again and again while the page is seen. */
import { behaviour } from "./attach.js";

const LOOK_EVERY_MS = 20000;

/** @param {HTMLElement} place @param {string} url */
export function followNotes(place, url) {
  place.setAttribute("hx-get", url);
  place.setAttribute("hx-trigger", "minutebook:so-far");
  window.htmx.process(place);
  const look = () => document.hidden || window.htmx.trigger(place, "minutebook:so-far", {});
  look();
  setInterval(look, LOOK_EVERY_MS);
}

behaviour("[data-so-far]", (place) => {
  // On the Record page there is no meeting yet.
  if (place.dataset.soFar) followNotes(place, place.dataset.soFar);
});
