// @ts-check
/** Which microphone, whether it hears anything, and what this browser cannot do. */
import { clock } from "./format.js";
import { explainMedia, listLimits } from "./record_audio.js";

const SILENT_AFTER_MS = 15000;
const SILENT_PEAK = 0.003;
// A phone that is locked, a lid that is closed: then the sound's own clock stands still.
const STOPPED_MS = 2000;

export class RecordDevices {
  /** @param {HTMLElement} root @param {import("./record_audio.js").RecordAudio} audio @param {(text: string) => void} tell */
  constructor(root, audio, tell) {
    this.root = root;
    this.audio = audio;
    this.tell = tell;
    this.deviceId = "";
    this.quietMs = 0;
    /** @type {{context?: AudioContext, behindMs: number}} how far the sound's clock is behind that of the page */
    this.seen = { behindMs: 0 };
    for (const select of this.selects) select.addEventListener("change", () => this.choose(select.value));
    for (const box of this.root.querySelectorAll("[data-clean]")) box.addEventListener("change", () => this.clean(/** @type {HTMLInputElement} */ (box)));
    navigator.mediaDevices?.addEventListener?.("devicechange", async () => {
      await this.list();
      await this.goOn();
    });
    this.limit();
  }

  get selects() {
    return /** @type {NodeListOf<HTMLSelectElement>} */ (this.root.querySelectorAll("select[data-device]"));
  }

  /** @returns {import("./record_audio.js").Cleaning} */
  get cleaning() {
    const isOn = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (this.root.querySelector(`[data-clean="${name}"]`)).checked;
    return { echo: isOn("echo"), noise: isOn("noise") };
  }

  /** The same before and during the recording. @param {HTMLInputElement} box */
  clean(box) {
    for (const other of this.root.querySelectorAll(`[data-clean="${box.dataset.clean}"]`)) /** @type {HTMLInputElement} */ (other).checked = box.checked;
    this.choose(this.deviceId);
  }

  limit() {
    this.root.querySelector("[data-limits]")?.replaceChildren(
      ...listLimits().map((text) => {
        const line = document.createElement("li");
        line.textContent = text;
        return line;
      }),
    );
    if (navigator.mediaDevices?.getDisplayMedia) return;
    for (const one of this.root.querySelectorAll("#id_share, [data-share-slides]")) /** @type {HTMLInputElement} */ (one).disabled = true;
  }

  async list() {
    const devices = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "audioinput");
    for (const select of this.selects) {
      const chosen = this.deviceId || select.value;
      select.replaceChildren(
        ...devices.map((one, i) => new Option(one.label || `Microphone ${i + 1}`, one.deviceId, false, one.deviceId === chosen)),
      );
    }
  }

  async listen() {
    await this.audio.listen(this.deviceId, this.cleaning);
  }

  /** The microphone was unplugged, and something was plugged in or is left: the same one if it is back, else the browser's choice. */
  async goOn() {
    if (!this.audio.isMicrophoneGone) return;
    for (const deviceId of new Set([this.deviceId, ""])) {
      const isOpen = await this.audio.listen(deviceId, this.cleaning).then(
        () => true,
        () => false,
      );
      if (!isOpen) continue;
      const [track] = this.audio.microphone?.getAudioTracks() ?? [];
      this.deviceId = track?.getSettings().deviceId ?? deviceId;
      await this.list();
      this.tell(`The microphone was gone; the recording goes on with “${track?.label || "another one"}”.`);
      return;
    }
  }

  /** @param {string} deviceId */
  async choose(deviceId) {
    this.deviceId = deviceId;
    try {
      if (this.audio.microphone) await this.listen();
      this.tell("");
    } catch (error) {
      this.tell(explainMedia(error));
    }
  }

  /** Whether the browser had stopped the sound since the last look; a page that is only busy loses nothing. @param {boolean} isRecording a pause misses nothing */
  notice(isRecording) {
    const { context } = this.audio;
    if (!context) return;
    const behindMs = performance.now() - context.currentTime * 1000;
    const stoppedMs = context === this.seen.context ? behindMs - this.seen.behindMs : 0;
    this.seen = { context, behindMs };
    if (isRecording && stoppedMs > STOPPED_MS) this.tell(`The browser had stopped this page: ${clock(stoppedMs)} of the meeting were not recorded. Keep the screen on and the page in sight.`);
  }

  /** @param {number} peak @param {number} ms of recording */
  level(peak, ms) {
    this.notice(ms > 0);
    for (const meter of this.root.querySelectorAll("[data-level]")) /** @type {HTMLMeterElement} */ (meter).value = Math.min(1, Math.sqrt(peak));
    // Why there is silence was said already.
    if (!ms || this.audio.isMicrophoneGone) return;
    const wasQuiet = this.quietMs >= SILENT_AFTER_MS;
    this.quietMs = peak < SILENT_PEAK ? this.quietMs + ms : 0;
    const isQuiet = this.quietMs >= SILENT_AFTER_MS;
    if (isQuiet && !wasQuiet) this.tell("Only silence arrives. Is the microphone muted, or another one meant?");
    if (!isQuiet && wasQuiet) this.tell("");
  }
}
