// @ts-check
/** Slides while a meeting is recorded: grabbed from the shared screen, pasted or dropped. Each is shown first and counts after a while, unless it is taken away; until then
 * a part of it can be chosen. */
import { csrfHeaders } from "./csrf.js";
import { clock } from "./format.js";
import { RecordCrop, WHOLE, cutPicture, measure } from "./record_crop.js";
import { SMALL_HEIGHT, SMALL_WIDTH, SlideChange, toGrey } from "./slide_change.js";

const LOOK_EVERY_MS = 500;
const COUNTS_AFTER_MS = 10000;
const RETRY_MS = 5000;
const MAX_WIDTH = 1920;
// A second apart, when the meeting is over.
const LAST_TRIES = 5;

/** @typedef {import("./record_crop.js").Edges} Edges */
/** @typedef {{whole: Blob, blob: Blob, edges: Edges, atMs: number, row: HTMLLIElement, isFromScreen: boolean, timer: number, removeUrl: string}} Picture `blob` is what counts of `whole` */

export class RecordSlides {
  /** @param {HTMLElement} root @param {() => number} getNowMs time of the recording */
  constructor(root, getNowMs) {
    this.list = /** @type {HTMLElement} */ (root.querySelector("[data-grabbed]"));
    this.status = /** @type {HTMLElement} */ (root.querySelector("[data-grabbed-status]"));
    this.chosen = /** @type {HTMLInputElement} */ (root.querySelector("[data-deck]"));
    this.getNowMs = getNowMs;
    this.url = "";
    /** @type {Set<Picture>} not on the server yet */
    this.waiting = new Set();
    this.canvas = document.createElement("canvas");
    this.crop = new RecordCrop(root);
    /** @type {Edges} what is taken of the shared screen */
    this.edges = WHOLE;
    this.attach(root);
  }

  /** @param {HTMLElement} root */
  attach(root) {
    document.addEventListener("paste", (event) => {
      if (this.url && event.clipboardData?.files.length) this.addFiles(event, event.clipboardData.files);
    });
    root.addEventListener("dragover", (event) => {
      if (this.url) event.preventDefault();
    });
    root.addEventListener("drop", (event) => {
      if (this.url && event.dataTransfer) this.addFiles(event, event.dataTransfer.files);
    });
  }

  /** @param {Event} event @param {FileList} files */
  addFiles(event, files) {
    event.preventDefault();
    for (const file of files) {
      if (file.type.startsWith("image/")) this.add(file, false);
      else this.sendDeck(file);
    }
  }

  /** From here on pictures are taken in; what was chosen before the start goes first. @param {string} url of the meeting's slides */
  begin(url) {
    this.url = url;
    for (const file of this.chosen.files ?? []) this.sendDeck(file);
    this.chosen.value = "";
  }

  /** Whole, and without a time: the words will say when each page was shown. @param {File} file */
  async sendDeck(file) {
    const body = new FormData();
    body.append("file", file, file.name);
    const answer = await fetch(this.url, { method: "POST", body, headers: { ...csrfHeaders(), "X-Slides": "record" } }).catch(() => null);
    const said = answer?.status === 422 ? (await answer.json()).problem : "";
    if (answer?.status === 201) this.tell(`“${file.name}” is among the slides of this meeting.`);
    else this.tell(`${said || `“${file.name}” could not be sent; add it on the Slides tab afterwards.`} The recording goes on.`);
  }

  /** Look at a shared screen until it ends. @param {MediaStream} stream */
  async watch(stream) {
    const [track] = stream.getVideoTracks();
    if (!track) return;
    clearInterval(this.looking);
    const video = document.createElement("video");
    video.muted = true;
    video.srcObject = new MediaStream([track]);
    await video.play();
    const change = new SlideChange();
    const looking = setInterval(() => this.look(video, change), LOOK_EVERY_MS);
    this.looking = looking;
    track.addEventListener("ended", () => {
      clearInterval(looking);
      this.tell("The screen is shared no longer.");
    });
    this.tell("Slides are taken from the shared screen when they change.");
  }

  /** @param {HTMLVideoElement} video @param {SlideChange} change */
  look(video, change) {
    if (!video.videoWidth || !this.url) return;
    // Only the chosen part: faces beside it move all the time.
    const part = measure(this.edges, video.videoWidth, video.videoHeight);
    const small = this.draw(video, SMALL_WIDTH, SMALL_HEIGHT, part);
    if (!change.see(toGrey(small.getImageData(0, 0, SMALL_WIDTH, SMALL_HEIGHT).data))) return;
    const scale = Math.min(1, MAX_WIDTH / video.videoWidth);
    this.draw(video, Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale));
    this.canvas.toBlob((blob) => blob && this.add(blob, true), "image/png");
  }

  /** @param {HTMLVideoElement} video @param {number} width @param {number} height @param {{x: number, y: number, width: number, height: number}} [part] */
  draw(video, width, height, part = measure(WHOLE, video.videoWidth, video.videoHeight)) {
    this.canvas.width = width;
    this.canvas.height = height;
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { willReadFrequently: true }));
    context.drawImage(video, part.x, part.y, part.width, part.height, 0, 0, width, height);
    return context;
  }

  /** @param {Blob} whole @param {boolean} isFromScreen */
  add(whole, isFromScreen) {
    const row = document.createElement("li");
    /** @type {Picture} */
    const picture = { whole, blob: whole, edges: WHOLE, atMs: this.getNowMs(), row, isFromScreen, timer: 0, removeUrl: "" };
    const image = document.createElement("img");
    image.alt = `Slide at ${clock(picture.atMs)}`;
    const time = document.createElement("time");
    time.textContent = clock(picture.atMs);
    row.append(
      image,
      time,
      makeButton("Crop", `Crop the slide at ${clock(picture.atMs)}`, () => this.choosePart(picture)),
      makeButton("Remove", `Remove the slide at ${clock(picture.atMs)}`, () => this.remove(picture)),
    );
    this.list.append(row);
    this.waiting.add(picture);
    this.cut(picture, isFromScreen ? this.edges : WHOLE);
  }

  /** Show and keep this part; it counts after a while. @param {Picture} picture @param {Edges} edges */
  async cut(picture, edges) {
    clearTimeout(picture.timer);
    picture.edges = edges;
    picture.blob = await cutPicture(picture.whole, edges);
    const image = /** @type {HTMLImageElement} */ (picture.row.querySelector("img"));
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(picture.blob);
    picture.row.scrollIntoView({ block: "nearest" });
    this.schedule(picture);
  }

  /** @param {Picture} picture */
  schedule(picture) {
    clearTimeout(picture.timer);
    picture.timer = window.setTimeout(() => this.send(picture), COUNTS_AFTER_MS);
  }

  /** While somebody chooses it does not count yet. @param {Picture} picture */
  async choosePart(picture) {
    clearTimeout(picture.timer);
    const chosen = await this.crop.ask(picture.whole, picture.edges, picture.isFromScreen);
    if (chosen?.isForNext) this.edges = chosen.edges;
    if (chosen) await this.cut(picture, chosen.edges);
    else this.schedule(picture);
  }

  /** @param {Picture} picture */
  async remove(picture) {
    clearTimeout(picture.timer);
    const isSent = !this.waiting.delete(picture);
    picture.row.remove();
    if (isSent) await fetch(picture.removeUrl, { method: "POST", headers: csrfHeaders() }).catch(() => this.tell("It could not be removed now; do it on the Slides tab."));
  }

  /** @param {Picture} picture @returns {Promise<void>} */
  async send(picture) {
    clearTimeout(picture.timer);
    if (!this.waiting.has(picture)) return;
    const body = new FormData();
    body.append("file", picture.blob, "slide.png");
    body.append("shown_ms", String(picture.atMs));
    if (picture.isFromScreen) body.append("screen", "1");
    const answer = await fetch(this.url, { method: "POST", body, headers: { ...csrfHeaders(), "X-Slides": "record" } }).catch(() => null);
    if (answer?.status === 201) {
      picture.removeUrl = (await answer.json()).remove;
      // From now on it is cropped on the Slides tab.
      picture.row.querySelector("button")?.remove();
      // Taken away while it was on its way.
      if (!this.waiting.delete(picture)) await this.remove(picture);
    } else if (answer && answer.status < 500) {
      // Nothing gets better by trying again: no picture, too large for the server or a proxy before it, logged out.
      this.waiting.delete(picture);
      picture.row.remove();
      const said = answer.status === 422 ? (await answer.json()).problem : "";
      this.tell(said || `The server refused the picture of ${clock(picture.atMs)} (${answer.status}). The recording goes on.`);
    } else picture.timer = window.setTimeout(() => this.send(picture), RETRY_MS);
  }

  /** The meeting is over: what is shown counts. */
  async end() {
    clearInterval(this.looking);
    for (let tries = 0; this.waiting.size && tries < LAST_TRIES; tries++) {
      if (tries) await new Promise((resolve) => setTimeout(resolve, 1000));
      await Promise.all([...this.waiting].map((picture) => this.send(picture)));
    }
  }

  /** @param {string} text */
  tell(text) {
    this.status.textContent = text;
  }
}

/** @param {string} text @param {string} label @param {() => void} act */
function makeButton(text, label, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn quiet small";
  button.textContent = text;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", act);
  return button;
}
