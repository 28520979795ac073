// @ts-check
/** The note pad of the Record page: typed lines and marked moments, each with its time, kept in the store until the server has them. */
import { clock } from "./format.js";

/** @typedef {import("./record_store.js").Line} Line */

export class RecordLines {
  /** @param {HTMLElement} root @param {(line: Line) => void} keep @param {() => {nowMs: number, isRecording: boolean}} getState */
  constructor(root, keep, getState) {
    this.list = /** @type {HTMLElement} */ (root.querySelector("[data-notes]"));
    this.keep = keep;
    this.getState = getState;
    root.querySelector("[data-mark]")?.addEventListener("click", () => this.add("mark", ""));
    root.querySelector("[data-note-form]")?.addEventListener("submit", (event) => {
      event.preventDefault();
      const input = /** @type {HTMLInputElement} */ (root.querySelector("#note"));
      if (input.value.trim()) this.add("note", input.value.trim());
      input.value = "";
    });
    document.addEventListener("keydown", (event) => {
      const isTyping = /** @type {Element} */ (event.target).closest("input, textarea, select");
      if (event.key.toLowerCase() !== "m" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if (this.getState().isRecording) this.add("mark", "");
    });
  }

  /** @param {"note" | "mark"} kind @param {string} text */
  add(kind, text) {
    const line = { id: crypto.randomUUID(), kind, at_ms: this.getState().nowMs, text };
    this.keep(line);
    this.show(line);
  }

  /** @param {Line} line */
  show({ kind, at_ms, text }) {
    const row = document.createElement("li");
    const time = document.createElement("time");
    time.textContent = clock(at_ms);
    const words = document.createElement(kind === "mark" ? "i" : "span");
    words.textContent = kind === "mark" ? "marked" : text;
    words.dir = "auto";
    if (kind === "mark") words.className = "mark";
    row.append(time, words);
    this.list.append(row);
    row.scrollIntoView({ block: "nearest" });
  }
}
