// @ts-check
/** Colours of the sheet for what is painted on a canvas. */

/**
 * The browser resolves `light-dark()` only where a colour is used, so the element borrows it for a moment.
 * @param {HTMLElement} place
 * @param {string} token e.g. "--accent"
 */
export function resolveColour(place, token) {
  place.style.color = `var(${token})`;
  const value = getComputedStyle(place).color;
  place.style.color = "";
  return value;
}
