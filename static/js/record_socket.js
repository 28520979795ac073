// @ts-check
/** The recorder's side of docs/live-protocol.md, version 1: sends what the store holds, goes on after any break, forgets what is acknowledged. */

/** @typedef {import("./record_store.js").Chunk} Chunk */

/**
 * What the server says (`meetings/live/protocol.py` has what it is told). Times are milliseconds of the recording; `next`: the number of a frame.
 * @typedef {{type: "welcome", version: 1, next: number, channels: 1 | 2, frame_ms: 20}} Welcome
 * @typedef {{type: "ack", next: number}} Ack
 * @typedef {{type: "noted", id: string}} Noted
 * @typedef {{type: "stopped", meeting: string}} Stopped
 * @typedef {{type: "error", code: string, message: string, retryable: boolean}} Refused
 * @typedef {{type: "captions", state: "waiting" | "on" | "off"}} CaptionState
 * @typedef {{type: "caption.partial", utterance: number, start_ms: number, end_ms: number, text: string, stable_chars: number}} Partial
 * @typedef {{type: "caption.final", utterance: number, start_ms: number, end_ms: number, text: string, speaker: number | null}} Final
 * @typedef {{type: "caption.speakers", speakers: [number, number][]}} Speakers start of a caption, number of a voice
 * @typedef {CaptionState | Partial | Final | Speakers} CaptionMessage
 * @typedef {Welcome | Ack | Noted | Stopped | Refused | CaptionMessage} ServerMessage
 */

const VERSION = 1;
const FIRST_RETRY_MS = 300;
const LAST_RETRY_MS = 5000;
// Below the server's ten times real time.
const CATCH_UP_SPEED = 8;
const FRAME_MS = 20;
// More than this in the socket's own buffer means that the network is slower than speech.
const MAX_BUFFERED_BYTES = 256 * 1024;

const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class RecordSocket {
  /**
   * @param {import("./record_store.js").TakeStore} store
   * @param {(message: ServerMessage) => void} onMessage every one
   * @param {(state: "open" | "away" | "over") => void} onState
   */
  constructor(store, onMessage, onState) {
    this.store = store;
    this.onMessage = onMessage;
    this.onState = onState;
    this.session = crypto.randomUUID();
    this.acknowledged = 0;
    this.sent = 0;
    this.isOpen = false;
    this.isOver = false;
    this.hasCaughtUp = false;
    this.retryMs = FIRST_RETRY_MS;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.connect();
    window.addEventListener("online", () => this.hurry());
  }

  connect() {
    const url = new URL(`/ws/live/${this.store.take.id}/`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.addEventListener("open", () => {
      socket.send(JSON.stringify({ type: "hello", version: VERSION, key: this.store.take.key, session: this.session }));
    });
    socket.addEventListener("message", (event) => this.receive(socket, JSON.parse(event.data)));
    socket.addEventListener("close", () => this.lose(socket));
  }

  hurry() {
    if (this.isOpen || this.isOver || this.socket?.readyState === WebSocket.CONNECTING) return;
    clearTimeout(this.timer);
    this.connect();
  }

  /** The network seems gone though nobody said so. @param {WebSocket} socket */
  lose(socket) {
    if (socket !== this.socket) return;
    this.isOpen = this.hasCaughtUp = false;
    if (this.isOver) return;
    this.onState("away");
    this.timer = setTimeout(() => this.connect(), this.retryMs * (0.5 + Math.random() / 2));
    this.retryMs = Math.min(LAST_RETRY_MS, this.retryMs * 2);
  }

  /** @param {WebSocket} socket @param {ServerMessage} message */
  receive(socket, message) {
    if (socket !== this.socket) return;
    if (message.type === "welcome") {
      this.isOpen = true;
      this.retryMs = FIRST_RETRY_MS;
      this.sent = message.next;
      this.acknowledge(message.next);
      for (const line of this.store.lines.values()) this.say({ type: "note", ...line });
      this.onState("open");
      this.catchUp(socket);
    } else if (message.type === "ack") this.acknowledge(message.next);
    else if (message.type === "noted") this.store.forgetLine(message.id);
    else if (message.type === "stopped" || (message.type === "error" && !message.retryable)) {
      this.isOver = true;
      this.isOpen = false;
      this.onState("over");
    }
    this.onMessage(message);
  }

  /** @param {number} next */
  acknowledge(next) {
    this.acknowledged = next;
    if (this.store.take.end < next) this.store.take.end = next;
    this.store.forget(next);
  }

  /** @param {object} message */
  say(message) {
    if (this.isOpen) this.socket?.send(JSON.stringify(message));
  }

  /** A new chunk: stored, and sent at once while all is well. @param {Chunk} chunk */
  add(chunk) {
    const stored = this.store.put(chunk);
    if (this.hasCaughtUp && this.isOpen && chunk.seq === this.sent) {
      if ((this.socket?.bufferedAmount ?? 0) < MAX_BUFFERED_BYTES) this.send(chunk);
      else this.startCatchingUp();
    }
    return stored;
  }

  startCatchingUp() {
    this.hasCaughtUp = false;
    if (this.socket) this.catchUp(this.socket);
  }

  /** @param {Chunk} chunk */
  send(chunk) {
    const message = new Uint8Array(4 + chunk.data.byteLength);
    new DataView(message.buffer).setUint32(0, chunk.seq, true);
    message.set(new Uint8Array(chunk.data), 4);
    this.socket?.send(message);
    this.sent = chunk.seq + chunk.count;
  }

  /** From the store, faster than it was spoken, until nothing waits. @param {WebSocket} socket */
  async catchUp(socket) {
    const isCurrent = () => socket === this.socket && this.isOpen;
    while (isCurrent()) {
      const chunks = await this.store.list(this.sent);
      if (!isCurrent()) return;
      if (!chunks.length) {
        if (this.sent >= this.store.take.end) break;
        await sleep(50);
        continue;
      }
      for (const chunk of chunks) {
        if (!isCurrent()) return;
        this.send(chunk);
        if (chunks.length > 3) await sleep((chunk.count * FRAME_MS) / CATCH_UP_SPEED);
        while (isCurrent() && socket.bufferedAmount > MAX_BUFFERED_BYTES) await sleep(50);
      }
    }
    this.hasCaughtUp = true;
    if (isCurrent() && this.store.take.isStopped) this.say({ type: "stop", frames: this.store.take.end });
  }

  /** That was the last frame. Said again after every break, until `stopped` comes. */
  async stop() {
    this.store.take.isStopped = true;
    await this.store.saveTake();
    if (this.hasCaughtUp) this.startCatchingUp();
  }
}
