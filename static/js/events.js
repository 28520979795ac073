// @ts-check
/** What the modules of a page say to each other; all on `document`, so that none needs to know another. */

/**
 * seek: go to `ms`, and `play` from there, until `untilMs` if it is given. time: the player is at `ms`. changed: the server has something new of these kinds.
 * @typedef {{seek: {ms: number, play?: boolean, untilMs?: number}, time: {ms: number, isPlaying: boolean}, changed: {what: string}, player: {act: "toggle" | "back" | "forward"}}} Events
 */

/**
 * @template {keyof Events} K
 * @param {K} name
 * @param {Events[K]} detail
 */
export function send(name, detail) {
  document.dispatchEvent(new CustomEvent(`minutebook:${name}`, { detail }));
}

/**
 * @template {keyof Events} K
 * @param {K} name
 * @param {(detail: Events[K]) => void} handle
 */
export function listen(name, handle) {
  document.addEventListener(`minutebook:${name}`, (event) =>
    handle(/** @type {CustomEvent} */ (event).detail),
  );
}
