// @ts-check
/** When is a picture of the screen a new slide? Small grey frames are compared, so that scrolling and film never are one. */

export const SMALL_WIDTH = 64;
export const SMALL_HEIGHT = 36;
// Of 255: less is the noise of a compressed picture.
const NOISE = 14;
// Share of the picture. A cursor is smaller than the first, a new slide larger than the second.
const MOVES = 0.006;
const DIFFERS = 0.04;
// So many frames in a row without movement: it has settled.
const SETTLED = 3;

/** Share of the points that differ. @param {Uint8Array} a @param {Uint8Array} b */
export function compare(a, b) {
  let count = 0;
  for (let i = 0; i < a.length; i++) if (Math.abs(a[i] - b[i]) > NOISE) count++;
  return count / a.length;
}

/** @param {Uint8ClampedArray} rgba @returns {Uint8Array} */
export function toGrey(rgba) {
  const grey = new Uint8Array(rgba.length / 4);
  for (let i = 0; i < grey.length; i++) grey[i] = (rgba[4 * i] * 77 + rgba[4 * i + 1] * 150 + rgba[4 * i + 2] * 29) >> 8;
  return grey;
}

export class SlideChange {
  constructor() {
    /** @type {Uint8Array | null} */
    this.before = null;
    /** @type {Uint8Array | null} the last one that was grabbed */
    this.grabbed = null;
    this.still = 0;
  }

  /** The next frame, one after the other at the same pace. True: it has changed and settled, grab it now. @param {Uint8Array} frame */
  see(frame) {
    const moves = this.before !== null && compare(frame, this.before) > MOVES;
    this.before = frame;
    this.still = moves ? 0 : this.still + 1;
    if (this.still !== SETTLED) return false;
    if (this.grabbed && compare(frame, this.grabbed) <= DIFFERS) return false;
    this.grabbed = frame;
    return true;
  }
}
