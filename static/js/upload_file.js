// @ts-check
/** Send one file by the tus protocol: pause, go on, survive a lost network, find what an earlier visit left on the server. */
import { duration, size } from "./format.js";
import { SpeedMeter } from "./speed.js";
import { UploadRow } from "./upload_row.js";

const RETRY_DELAYS_MS = [0, 1000, 3000, 5000, 10000, 20000];
// When those are used up, the network is away for longer: a look now and then, and at once when the browser says it is back.
const AWAY_RETRY_MS = 15000;

/** @param {any} error a tus DetailedError @returns {number} 0: no answer at all */
const statusOf = (error) => error?.originalResponse?.getStatus() ?? 0;

/** Nobody answered, somebody else holds the upload, or the server cannot just now. */
const isPassing = (/** @type {number} */ status) =>
  status === 0 || status === 409 || status === 423 || status === 429 || (status >= 500 && status !== 507);

/** @param {any} error */
function explain(error) {
  const status = statusOf(error);
  try {
    const answer = JSON.parse(error.originalResponse.getBody());
    if (answer.error?.text) return String(answer.error.text);
  } catch {
    // Not every answer carries a sentence.
  }
  if (status === 413) return "This file is larger than this installation takes.";
  if (status === 507)
    return "The disk of the server is full. What arrived is kept; go on when there is room.";
  if (status === 403 || status === 401)
    return "You are logged out. Log in and choose the file again; what arrived is kept.";
  return "The server did not take this file.";
}

export class FileUpload {
  /**
   * @param {File} file
   * @param {{endpoint: string, onEnd: (upload: FileUpload, result: "done" | "failed" | "cancelled") => void}} options
   */
  constructor(file, { endpoint, onEnd }) {
    this.file = file;
    this.onEnd = onEnd;
    /** @type {"waiting" | "sending" | "paused" | "away" | "ended"} */
    this.state = "waiting";
    this.meetingUrl = "";
    this.sentBytes = 0;
    this.speed = new SpeedMeter();
    this.row = new UploadRow(file.name, (act) => this.#act(act));
    this.row.show("Waiting", { acts: ["cancel"] });
    this.upload = new window.tus.Upload(file, {
      endpoint,
      retryDelays: RETRY_DELAYS_MS,
      removeFingerprintOnSuccess: true,
      metadata: {
        filename: file.name,
        filetype: file.type,
        held_on: localDay(new Date(file.lastModified || Date.now())),
      },
      onShouldRetry: (/** @type {any} */ error) => isPassing(statusOf(error)),
      onProgress: (/** @type {number} */ sent, /** @type {number} */ total) =>
        this.#showProgress(sent, total),
      onAfterResponse: (/** @type {any} */ _request, /** @type {any} */ response) => {
        this.meetingUrl = response.getHeader("X-Meeting") ?? this.meetingUrl;
      },
      onSuccess: () => this.#finish(),
      onError: (/** @type {any} */ error) => this.#handle(error),
    });
    window.addEventListener("online", () => this.state === "away" && this.start());
  }

  get isActive() {
    return this.state === "sending" || this.state === "away";
  }

  /** Goes on where an earlier visit stopped, when this browser remembers one. */
  async start() {
    const isFirst = this.state === "waiting";
    this.state = "sending";
    this.speed.reset();
    this.row.show("Starting", { acts: ["pause", "cancel"] });
    if (isFirst) {
      const [earlier] = await this.upload.findPreviousUploads();
      if (earlier) this.upload.resumeFromPreviousUpload(earlier);
    }
    if (this.state === "sending") this.upload.start();
  }

  /** @param {import("./upload_row.js").Act} act */
  async #act(act) {
    if (act === "resume") await this.start();
    else if (act === "pause") {
      this.state = "paused";
      await this.upload.abort();
      this.row.show(`Paused at ${size(this.sentBytes)} of ${size(this.file.size)}`, {
        acts: ["resume", "cancel"],
      });
    } else if (act === "cancel") {
      this.state = "ended";
      this.row.remove();
      this.onEnd(this, "cancelled");
      // What the server cannot be told now it forgets by itself after some days.
      await this.upload.abort(true).catch(() => {});
    }
  }

  /** @param {number} sent @param {number} total */
  #showProgress(sent, total) {
    if (this.state !== "sending") return;
    this.sentBytes = sent;
    this.speed.add(sent, performance.now());
    const rate = this.speed.bytesPerSecond;
    const parts = [`${size(sent)} of ${size(total)}`];
    if (rate) parts.push(`${size(rate)}/s`, `${duration((total - sent) / rate)} left`);
    this.row.show(parts.join(" · "), { share: total ? sent / total : 0, acts: ["pause", "cancel"] });
  }

  #finish() {
    this.state = "ended";
    this.row.show("Uploaded. The work begins.", { share: 1 });
    if (this.meetingUrl) this.row.showLink(this.meetingUrl);
    this.onEnd(this, "done");
  }

  /** @param {any} error */
  #handle(error) {
    if (this.state === "ended" || this.state === "paused") return;
    if (isPassing(statusOf(error))) {
      this.state = "away";
      this.row.show("No connection. It goes on by itself; what arrived is kept.", {
        acts: ["resume", "cancel"],
      });
      setTimeout(() => this.state === "away" && this.start(), AWAY_RETRY_MS);
      return;
    }
    this.state = "paused";
    // Only a full disk may be another one later; what was refused once is refused again.
    const acts = /** @type {import("./upload_row.js").Act[]} */ (
      statusOf(error) === 507 ? ["resume", "cancel"] : ["cancel"]
    );
    this.row.show(explain(error), { acts, isBad: true });
    this.onEnd(this, "failed");
  }
}

/** @param {Date} date @returns {string} YYYY-MM-DD where the person is */
function localDay(date) {
  const pad = (/** @type {number} */ value) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}
