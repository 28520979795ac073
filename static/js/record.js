// @ts-check
/** The Record page: set up, record, come back. Sound: record_audio.js; keeping it: record_store.js; sending it: record_socket.js; microphones:
 * record_devices.js; note pad: record_lines.js; slides: record_slides.js. */
import { behaviour } from "./attach.js";
import { makeCaptions } from "./captions.js";
import { csrfHeaders } from "./csrf.js";
import { clock } from "./format.js";
import { RecordAudio, explainMedia } from "./record_audio.js";
import { RecordDevices } from "./record_devices.js";
import { RecordLines } from "./record_lines.js";
import { RecordSlides } from "./record_slides.js";
import { RecordSocket } from "./record_socket.js";
import { TakeStore } from "./record_store.js";
import { followNotes } from "./so_far.js";

const FRAME_MS = 20;
const BEHIND_MS = 3000;
// Stands in the address of the slides before there is a meeting.
const NO_MEETING = "00000000-0000-0000-0000-000000000000";

behaviour("[data-record]", (root) => new RecordPage(root));

class RecordPage {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.captions = makeCaptions(root);
    /** @type {TakeStore | null} */
    this.store = null;
    /** @type {RecordSocket | null} */
    this.socket = null;
    this.isRecording = this.isPaused = this.isLeaving = false;
    this.audio = new RecordAudio(
      root.dataset.worklet ?? "",
      (message) => this.hear(message),
      (text) => this.tell(text),
    );
    this.devices = new RecordDevices(root, this.audio, (text) => (this.isRecording ? this.tell(text) : this.say(text)));
    this.slides = new RecordSlides(root, () => this.nowMs);
    this.lines = new RecordLines(
      root,
      (line) => {
        this.store?.keepLine(line);
        this.socket?.say({ type: "note", ...line });
      },
      () => this,
    );
    this.attach();
    if (root.dataset.take) this.find(root.dataset.take);
  }

  /** @param {string} selector @returns {HTMLElement} */
  one(selector) {
    return /** @type {HTMLElement} */ (this.root.querySelector(selector));
  }

  /** @param {string} stage */
  show(stage) {
    for (const section of this.root.querySelectorAll("[data-stage]")) {
      /** @type {HTMLElement} */ (section).hidden = /** @type {HTMLElement} */ (section).dataset.stage !== stage;
    }
  }

  attach() {
    this.one("[data-setup]").addEventListener("submit", (event) => {
      event.preventDefault();
      this.start();
    });
    this.one("[data-try]").addEventListener("click", () => this.tryMicrophone());
    this.one("[data-pause]").addEventListener("click", () => this.togglePause());
    this.one("[data-stop]").addEventListener("click", () => this.stop());
    window.addEventListener("beforeunload", (event) => {
      if (this.isRecording && !this.isLeaving) event.preventDefault();
    });
    document.addEventListener("visibilitychange", () => this.stayAwake());
    this.one("[data-share-slides]").addEventListener("click", () => this.shareSlides());
    this.root.querySelector("[data-go-on]")?.addEventListener("click", () => this.goOn());
    this.root.querySelector("[data-finish]")?.addEventListener("click", () => this.stop());
  }

  // --- before
  async tryMicrophone() {
    try {
      await this.devices.listen();
      await this.audio.start(1);
      await this.devices.list();
      this.say("");
    } catch (error) {
      this.say(explainMedia(error));
    }
  }

  /** Under the form. @param {string} text */
  say(text) {
    this.one("[data-error]").textContent = text;
  }

  /** Over the captions. @param {string} text */
  tell(text) {
    const line = this.one("[data-trouble]");
    line.textContent = text;
    line.hidden = !text;
  }

  async start() {
    const form = /** @type {HTMLFormElement} */ (this.one("[data-setup]"));
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("button.primary"));
    const body = new FormData(form);
    if (!form.reportValidity()) return;
    button.disabled = true;
    try {
      if (body.get("share")) await this.audio.share();
      await this.devices.listen();
      const take = await this.createTake(body);
      if (take) await this.record(take);
      else this.audio.unshare();
    } catch (error) {
      if (!this.isRecording) this.audio.unshare();
      this.say(error instanceof DOMException || !(error instanceof Error) ? explainMedia(error) : error.message);
    } finally {
      button.disabled = false;
    }
  }

  /** @param {FormData} body */
  async createTake(body) {
    const response = await fetch(this.root.dataset.startUrl ?? "", { method: "POST", body, headers: csrfHeaders() }).catch(() => null);
    if (response?.status === 201) return response.json();
    const errors = response?.status && response.status !== 500 ? (await response.json().catch(() => ({}))).errors : null;
    this.say(errors ? Object.values(errors).flat().join(" ") : "The server did not answer. Nothing was recorded; try again.");
    return null;
  }

  /** @param {any} take */
  async record(take) {
    history.replaceState(null, "", take.url);
    this.one("h1[data-title]").textContent = take.title;
    this.store = await TakeStore.create({ id: take.id, key: take.key, meeting: take.meeting, user: take.user, title: take.title, channels: take.channels, end: 0, isStopped: false });
    await this.hold();
    this.connect();
    await this.run();
  }

  // --- during
  connect() {
    const store = /** @type {TakeStore} */ (this.store);
    this.socket = new RecordSocket(store, (message) => this.receive(message), () => this.showSafe());
  }

  async run() {
    const store = /** @type {TakeStore} */ (this.store);
    await this.audio.start(store.take.channels);
    this.isRecording = true;
    this.show("live");
    this.audio.resume();
    this.slides.begin(this.root.dataset.slidesUrl?.replace(NO_MEETING, store.take.meeting ?? "") ?? "");
    if (store.take.meeting) {
      /** @type {HTMLAnchorElement} */ (this.one("[data-ask-link]")).href = `/meetings/${store.take.meeting}/?tab=ask`;
      followNotes(this.one("[data-so-far]"), `/meetings/${store.take.meeting}/so-far/`);
    }
    // Not waited for: a tab in which nothing moves may have no picture for a while.
    if (this.audio.shared) this.slides.watch(this.audio.shared).catch(() => this.slides.tell("No slides can be taken from what was shared."));
    await this.devices.list();
    this.stayAwake();
    if (!store.keeps) this.tell("This browser keeps nothing of the sound by itself (a private window?). Leave the page open until the end.");
    this.one("[data-stop]").focus();
  }

  /** Two tabs must not write one recording; the lock goes away with its tab. @returns {Promise<boolean>} */
  hold() {
    return new Promise((resolve) => {
      if (!navigator.locks) return resolve(true);
      navigator.locks.request(`take-${this.store?.take.id}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : new Promise(() => {});
      });
    });
  }

  async stayAwake() {
    if (!this.isRecording || document.visibilityState !== "visible") return;
    this.audio.wake();
    this.wakeLock = await navigator.wakeLock?.request("screen").catch(() => undefined);
  }

  get nowMs() {
    return (this.store?.take.end ?? 0) * FRAME_MS;
  }

  /** @param {import("./record_audio.js").FromWorklet} message */
  hear({ data, count = 0, peak }) {
    if (peak !== undefined) this.devices.level(peak, count * FRAME_MS);
    if (!data || !this.store || !this.socket) return;
    this.socket.add({ seq: this.store.take.end, count, data });
    this.showElapsed();
    this.showSafe();
  }

  /** On the page and on its tab, where it is seen from other tabs. */
  showElapsed() {
    const text = clock(this.nowMs);
    this.one("[data-elapsed]").textContent = text;
    const title = `${this.isPaused ? "Paused" : "●"} ${text} · ${this.one("h1[data-title]").textContent}`;
    if (document.title !== title) document.title = title;
  }

  showSafe() {
    const safeMs = (this.socket?.acknowledged ?? 0) * FRAME_MS;
    const line = this.one(".live__safe");
    const isAway = this.socket !== null && !this.socket.isOpen && !this.socket.isOver;
    const isBehind = isAway || this.nowMs - safeMs > BEHIND_MS;
    const rest = isBehind ? `; the rest is kept in this browser${isAway ? " until the server is back" : ""}` : "";
    const text = `Safe on the server up to ${clock(safeMs)}${rest}`;
    if (line.textContent !== text) line.textContent = text;
    line.classList.toggle("is-behind", isBehind);
  }

  togglePause() {
    this.isPaused = !this.isPaused;
    if (this.isPaused) {
      this.audio.pause();
      this.socket?.say({ type: "pause" });
    } else this.audio.resume();
    this.one("[data-pause]").textContent = this.isPaused ? "Go on" : "Pause";
    this.one(".live").classList.toggle("is-paused", this.isPaused);
    this.showElapsed();
  }

  /** A screen without its sound, for the slides alone, at any time. */
  async shareSlides() {
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: true });
      await this.slides.watch(stream);
    } catch (error) {
      this.slides.tell(error instanceof DOMException && error.name === "NotAllowedError" ? "No screen was shared." : explainMedia(error));
    }
  }

  // --- after
  async stop() {
    if (!this.store || !this.socket) return;
    for (const button of this.root.querySelectorAll("[data-stop], [data-pause], [data-finish], [data-go-on]")) /** @type {HTMLButtonElement} */ (button).disabled = true;
    if (this.isRecording) await this.audio.end();
    this.tell("Sending the last words …");
    await this.slides.end();
    await this.socket.stop();
  }

  /** @param {import("./record_socket.js").ServerMessage} message */
  async receive(message) {
    if (message.type === "ack" || message.type === "welcome") this.showSafe();
    if (message.type === "stopped") {
      this.isLeaving = true;
      await this.store?.clear();
      location.href = message.meeting;
    } else if (message.type === "error" && !message.retryable) await this.end(message);
    else if (message.type === "error" && message.code !== "live_gap") this.tell(message.message);
    else if (message.type === "captions" || message.type.startsWith("caption.")) this.captions(/** @type {import("./record_socket.js").CaptionMessage} */ (message));
  }

  /** Refused for good: say why, and hand over what the server does not have. @param {{message: string}} message */
  async end({ message }) {
    if (this.isRecording) await this.audio.end();
    this.isRecording = false;
    this.show("live");
    this.tell(message);
    const rest = await this.store?.makeWav(this.socket?.acknowledged ?? 0);
    if (!rest) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(rest);
    link.download = "rest of the recording.wav";
    link.textContent = "Save the part only this browser has";
    this.one("[data-trouble]").append(" ", link);
  }

  // --- coming back
  /** @param {string} id */
  async find(id) {
    this.store = await TakeStore.find(id).catch(() => null);
    if (!this.store) return this.cannotGoOn("It was started in another browser, or this one has forgotten it.");
    if (!(await this.hold())) return this.cannotGoOn("It is being recorded in another tab of this browser.");
    for (const line of this.store.lines.values()) this.lines.show(line);
    if (this.store.take.end) this.one("[data-rest]").textContent = `This browser recorded ${clock(this.nowMs)}; what is missing is being sent.`;
    this.connect();
    if (this.store.take.isStopped) this.stop();
  }

  /** @param {string} why */
  cannotGoOn(why) {
    this.store = null;
    this.one("[data-resume-error]").textContent = `${why} Nothing is lost of what the server has.`;
    for (const button of this.root.querySelectorAll("[data-go-on], [data-finish]")) /** @type {HTMLElement} */ (button).hidden = true;
    /** @type {HTMLElement} */ (this.one("[data-abandon]")).hidden = false;
  }

  async goOn() {
    const problem = this.one("[data-resume-error]");
    // The server's number of frames is needed first: what comes now must not take the place of what it has.
    if (!this.socket?.isOpen) {
      problem.textContent = "No connection to the server yet; try again in a moment.";
      return;
    }
    try {
      if (this.store && this.store.take.channels > 1) await this.audio.share();
      await this.devices.listen();
      await this.run();
    } catch (error) {
      problem.textContent = error instanceof DOMException ? explainMedia(error) : error instanceof Error ? error.message : "";
    }
  }
}
