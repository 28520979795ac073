// @ts-check
/** The Record page: set up, record, come back. Sound: record_audio.js; keeping it: record_store.js; sending it: record_socket.js. */
import { behaviour } from "./attach.js";
import { makeCaptions } from "./captions.js";
import { csrfHeaders } from "./csrf.js";
import { clock } from "./format.js";
import { RecordAudio, explainMedia, listLimits } from "./record_audio.js";
import { RecordSocket } from "./record_socket.js";
import { TakeStore } from "./record_store.js";

const FRAME_MS = 20;
const SILENT_AFTER_MS = 15000;
const SILENT_PEAK = 0.003;
const BEHIND_MS = 3000;

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
    this.quietMs = 0;
    this.audio = new RecordAudio(
      root.dataset.worklet ?? "",
      (message) => this.hear(message),
      (text) => this.tell(text),
    );
    this.limit();
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

  limit() {
    const limits = listLimits();
    this.one("[data-limits]").replaceChildren(
      ...limits.map((text) => {
        const line = document.createElement("li");
        line.textContent = text;
        return line;
      }),
    );
    const share = /** @type {HTMLInputElement | null} */ (this.root.querySelector("#id_share"));
    if (share && !navigator.mediaDevices?.getDisplayMedia) share.disabled = true;
  }

  attach() {
    this.one("[data-setup]").addEventListener("submit", (event) => {
      event.preventDefault();
      this.start();
    });
    this.one("[data-try]").addEventListener("click", () => this.tryMicrophone());
    for (const select of this.root.querySelectorAll("select[data-device]")) {
      select.addEventListener("change", () => this.choose(/** @type {HTMLSelectElement} */ (select).value));
    }
    this.one("[data-pause]").addEventListener("click", () => this.togglePause());
    this.one("[data-stop]").addEventListener("click", () => this.stop());
    this.one("[data-mark]").addEventListener("click", () => this.keepLine("mark", ""));
    this.one("[data-note-form]").addEventListener("submit", (event) => {
      event.preventDefault();
      const input = /** @type {HTMLInputElement} */ (this.one("#note"));
      if (input.value.trim()) this.keepLine("note", input.value.trim());
      input.value = "";
    });
    document.addEventListener("keydown", (event) => {
      const isTyping = /** @type {Element} */ (event.target).closest("input, textarea, select");
      if (event.key.toLowerCase() !== "m" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if (this.isRecording) this.keepLine("mark", "");
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.isRecording && !this.isLeaving) event.preventDefault();
    });
    document.addEventListener("visibilitychange", () => this.stayAwake());
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.listDevices());
    this.root.querySelector("[data-go-on]")?.addEventListener("click", () => this.goOn());
    this.root.querySelector("[data-finish]")?.addEventListener("click", () => this.stop());
  }

  // --- before
  async listDevices() {
    const devices = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "audioinput");
    for (const select of /** @type {NodeListOf<HTMLSelectElement>} */ (this.root.querySelectorAll("select[data-device]"))) {
      const chosen = this.deviceId ?? select.value;
      select.replaceChildren(
        ...devices.map((one, i) => new Option(one.label || `Microphone ${i + 1}`, one.deviceId, false, one.deviceId === chosen)),
      );
    }
  }

  get isClean() {
    return /** @type {HTMLInputElement} */ (this.one("[data-clean]")).checked;
  }

  async tryMicrophone() {
    try {
      await this.audio.listen(this.deviceId ?? "", this.isClean);
      await this.audio.start(1);
      await this.listDevices();
      this.say("");
    } catch (error) {
      this.say(explainMedia(error));
    }
  }

  /** @param {string} deviceId */
  async choose(deviceId) {
    this.deviceId = deviceId;
    try {
      if (this.audio.microphone) await this.audio.listen(deviceId, this.isClean);
      this.tell("");
    } catch (error) {
      (this.isRecording ? this.tell : this.say).call(this, explainMedia(error));
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
      await this.audio.listen(this.deviceId ?? "", this.isClean);
      const take = await this.createTake(body);
      if (take) await this.record(take);
    } catch (error) {
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
    this.store = await TakeStore.create({ id: take.id, key: take.key, title: take.title, channels: take.channels, end: 0, isStopped: false });
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
    await this.listDevices();
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
    this.wakeLock = await navigator.wakeLock?.request("screen").catch(() => undefined);
  }

  get nowMs() {
    return (this.store?.take.end ?? 0) * FRAME_MS;
  }

  /** @param {import("./record_audio.js").FromWorklet} message */
  hear({ data, count = 0, peak }) {
    if (peak !== undefined) this.level(peak, count * FRAME_MS);
    if (!data || !this.store || !this.socket) return;
    this.socket.add({ seq: this.store.take.end, count, data });
    this.one("[data-elapsed]").textContent = clock(this.nowMs);
    this.showSafe();
  }

  /** @param {number} peak @param {number} ms of recording */
  level(peak, ms) {
    for (const meter of this.root.querySelectorAll("[data-level]")) /** @type {HTMLMeterElement} */ (meter).value = Math.min(1, Math.sqrt(peak));
    if (!ms) return;
    const wasQuiet = this.quietMs >= SILENT_AFTER_MS;
    this.quietMs = peak < SILENT_PEAK ? this.quietMs + ms : 0;
    const isQuiet = this.quietMs >= SILENT_AFTER_MS;
    if (isQuiet && !wasQuiet) this.tell("Only silence arrives. Is the microphone muted, or another one meant?");
    if (!isQuiet && wasQuiet) this.tell("");
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
  }

  /** @param {"note" | "mark"} kind @param {string} text */
  keepLine(kind, text) {
    const line = { id: crypto.randomUUID(), kind, at_ms: this.nowMs, text };
    this.store?.keepLine(line);
    this.socket?.say({ type: "note", ...line });
    this.showLine(line);
  }

  /** @param {import("./record_store.js").Line} line */
  showLine({ kind, at_ms, text }) {
    const row = document.createElement("li");
    const time = document.createElement("time");
    time.textContent = clock(at_ms);
    const words = document.createElement(kind === "mark" ? "i" : "span");
    words.textContent = kind === "mark" ? "marked" : text;
    words.dir = "auto";
    if (kind === "mark") words.className = "mark";
    row.append(time, words);
    this.one("[data-notes]").append(row);
    row.scrollIntoView({ block: "nearest" });
  }

  // --- after
  async stop() {
    if (!this.store || !this.socket) return;
    for (const button of this.root.querySelectorAll("[data-stop], [data-pause], [data-finish], [data-go-on]")) /** @type {HTMLButtonElement} */ (button).disabled = true;
    if (this.isRecording) await this.audio.end();
    this.tell("Sending the last words …");
    await this.socket.stop();
  }

  /** @param {any} message */
  async receive(message) {
    if (message.type === "ack" || message.type === "welcome") this.showSafe();
    if (message.type === "stopped") {
      this.isLeaving = true;
      await this.store?.clear();
      location.href = message.meeting;
    } else if (message.type === "error" && !message.retryable) await this.end(message);
    else if (message.type === "error" && message.code !== "live_gap") this.tell(message.message);
    else this.captions(message);
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
    for (const line of this.store.lines.values()) this.showLine(line);
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
      await this.audio.listen(this.deviceId ?? "", true);
      await this.run();
    } catch (error) {
      problem.textContent = error instanceof DOMException ? explainMedia(error) : error instanceof Error ? error.message : "";
    }
  }
}
