// @ts-check
/** Which part of a picture to keep: drawn on it with the pointer, or typed in percent. */

/** @typedef {{left: number, top: number, right: number, bottom: number}} Edges percent of the whole picture */

/** @type {Edges} */
export const WHOLE = { left: 0, top: 0, right: 100, bottom: 100 };
const NAMES = /** @type {const} */ (["left", "top", "right", "bottom"]);
// A click is no part.
const LEAST = 3;

/** In points. @param {Edges} edges @param {number} width @param {number} height */
export function measure({ left, top, right, bottom }, width, height) {
  const x = Math.round((width * left) / 100);
  const y = Math.round((height * top) / 100);
  return { x, y, width: Math.max(1, Math.round((width * right) / 100) - x), height: Math.max(1, Math.round((height * bottom) / 100) - y) };
}

/** @param {Edges} edges */
export const isWhole = (edges) => NAMES.every((name) => edges[name] === WHOLE[name]);

/** @param {Blob} picture @param {Edges} edges @returns {Promise<Blob>} the picture itself when it cannot be cut */
export async function cutPicture(picture, edges) {
  if (isWhole(edges)) return picture;
  const bitmap = await createImageBitmap(picture);
  const part = measure(edges, bitmap.width, bitmap.height);
  const canvas = Object.assign(document.createElement("canvas"), { width: part.width, height: part.height });
  canvas.getContext("2d")?.drawImage(bitmap, part.x, part.y, part.width, part.height, 0, 0, part.width, part.height);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? picture), "image/png"));
}

/** From the pointer's going down until it comes up. @param {HTMLElement} frame the whole picture @param {PointerEvent} down @param {(edges: Edges) => void} take */
export function drawPart(frame, down, take) {
  down.preventDefault();
  frame.setPointerCapture(down.pointerId);
  const box = frame.getBoundingClientRect();
  const percent = (/** @type {number} */ at, /** @type {number} */ size) => Math.round(Math.min(100, Math.max(0, (at / size) * 100)));
  const place = (/** @type {PointerEvent} */ event) => [percent(event.clientX - box.left, box.width), percent(event.clientY - box.top, box.height)];
  const [x, y] = place(down);
  const drawing = new AbortController();
  frame.addEventListener(
    "pointermove",
    (event) => {
      const [toX, toY] = place(event);
      if (Math.abs(toX - x) < LEAST || Math.abs(toY - y) < LEAST) return;
      take({ left: Math.min(x, toX), top: Math.min(y, toY), right: Math.max(x, toX), bottom: Math.max(y, toY) });
    },
    { signal: drawing.signal },
  );
  for (const end of ["pointerup", "pointercancel"]) frame.addEventListener(end, () => drawing.abort(), { signal: drawing.signal });
}

export class RecordCrop {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.dialog = /** @type {HTMLDialogElement} */ (root.querySelector("[data-crop]"));
    this.form = /** @type {HTMLFormElement} */ (this.dialog.querySelector("form"));
    this.frame = /** @type {HTMLElement} */ (this.dialog.querySelector("[data-crop-frame]"));
    this.image = /** @type {HTMLImageElement} */ (this.dialog.querySelector("img"));
    this.part = /** @type {HTMLElement} */ (this.dialog.querySelector("[data-crop-part]"));
    this.next = /** @type {HTMLElement} */ (this.dialog.querySelector("[data-crop-next]"));
    this.form.addEventListener("input", () => this.show());
    this.dialog.querySelector("[data-crop-close]")?.addEventListener("click", () => this.dialog.close(""));
    this.frame.addEventListener("pointerdown", (event) => drawPart(this.frame, event, (edges) => (this.edges = edges)));
  }

  /** @param {string} name @returns {HTMLInputElement} */
  field(name) {
    return /** @type {HTMLInputElement} */ (this.form.elements.namedItem(name));
  }

  /** @returns {Edges} */
  get edges() {
    const [left, top, right, bottom] = NAMES.map((name) => this.field(name).valueAsNumber);
    return { left, top, right, bottom };
  }

  /** @param {Edges} edges */
  set edges(edges) {
    for (const name of NAMES) this.field(name).value = String(edges[name]);
    this.show();
  }

  /** The chosen part as a frame over the picture; a part that is none cannot be kept. */
  show() {
    const { left, top, right, bottom } = this.edges;
    this.field("right").setCustomValidity(left < right ? "" : "Right of the left edge.");
    this.field("bottom").setCustomValidity(top < bottom ? "" : "Below the top edge.");
    Object.assign(this.part.style, { left: `${left}%`, top: `${top}%`, right: `${100 - right}%`, bottom: `${100 - bottom}%` });
  }

  /**
   * @param {Blob} picture the whole one
   * @param {Edges} edges chosen before
   * @param {boolean} isFromScreen then the next ones may be cut the same way
   * @returns {Promise<{edges: Edges, isForNext: boolean} | null>} null: closed, nothing is to change
   */
  ask(picture, edges, isFromScreen) {
    this.image.src = URL.createObjectURL(picture);
    this.next.hidden = !isFromScreen;
    this.field("next").checked = false;
    this.edges = edges;
    this.dialog.returnValue = "";
    this.dialog.showModal();
    return new Promise((resolve) => {
      const finish = () => {
        URL.revokeObjectURL(this.image.src);
        const { returnValue } = this.dialog;
        if (!returnValue) return resolve(null);
        resolve({ edges: returnValue === "whole" ? WHOLE : this.edges, isForNext: isFromScreen && this.field("next").checked });
      };
      this.dialog.addEventListener("close", finish, { once: true });
    });
  }
}
