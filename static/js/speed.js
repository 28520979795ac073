// @ts-check
/** How fast bytes go, over the last seconds. */

const WINDOW_MS = 8000;

export class SpeedMeter {
  /** @type {{atMs: number, bytes: number}[]} */
  #samples = [];

  /** @param {number} bytes sent so far @param {number} atMs */
  add(bytes, atMs) {
    this.#samples.push({ bytes, atMs });
    while (this.#samples.length > 2 && atMs - this.#samples[0].atMs > WINDOW_MS) this.#samples.shift();
  }

  reset() {
    this.#samples = [];
  }

  /** @returns {number | null} bytes per second; null while too little is known */
  get bytesPerSecond() {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs - first.atMs < 1000) return null;
    return ((last.bytes - first.bytes) / (last.atMs - first.atMs)) * 1000;
  }
}
