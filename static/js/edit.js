// @ts-check
/**
 * Correct the transcript in place. Double-click, Enter or E opens a line; Enter saves, Tab saves and goes on, Esc gives up. A text that could
 * not be saved stays in its box with the reason.
 */
import { csrfHeaders } from "./csrf.js";

/**
 * @param {HTMLElement} section
 * @param {import("./segment_index.js").SegmentIndex} index
 */
export function attachEdit(section, index) {
  /** @param {HTMLElement | null} row @param {number} [caret] where the cursor goes, in characters */
  const open = (row, caret = 0) => {
    if (row && !row.querySelector("form"))
      new LineEditor(row, { caret, openNext: (now, step) => open(index.next(now, step)) });
  };
  section.addEventListener("dblclick", (event) => {
    const text = /** @type {Element} */ (event.target).closest("p");
    const row = /** @type {HTMLElement | null | undefined} */ (text?.closest(".seg"));
    if (!text || !row) return;
    event.preventDefault();
    open(row, caretOffset(text));
  });
  section.addEventListener("keydown", (event) => {
    const row = /** @type {HTMLElement} */ (event.target);
    if (!row.matches(".seg") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key !== "Enter" && event.key !== "e") return;
    event.preventDefault();
    open(row);
  });
}

/** One row while it is a text box. */
class LineEditor {
  #isLeaving = false;

  /**
   * @param {HTMLElement} row
   * @param {{caret: number, openNext: (row: HTMLElement, step: 1 | -1) => void}} options
   */
  constructor(row, { caret, openNext }) {
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById("edit-template"));
    const copy = /** @type {Element} */ (template.content.firstElementChild).cloneNode(true);
    this.row = row;
    this.openNext = openNext;
    this.text = /** @type {HTMLElement} */ (row.querySelector("p"));
    this.form = /** @type {HTMLFormElement} */ (copy);
    this.box = /** @type {HTMLTextAreaElement} */ (this.form.querySelector("textarea"));
    this.before = this.text.textContent ?? "";
    this.box.value = this.before;
    this.text.hidden = true;
    this.text.after(this.form);
    this.box.focus();
    this.box.setSelectionRange(caret, caret);
    this.box.addEventListener("keydown", (event) => this.#handleKey(event));
    // Later, when it is known where the focus went; the browser's own windows take it too, and the text stays open for them.
    this.form.addEventListener("focusout", () => setTimeout(() => this.#handleLeaving(), 0));
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    if (event.key === "Escape") {
      this.#close();
      this.row.focus();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      this.#save((row) => row.focus());
    } else if (event.key === "Tab") {
      const step = event.shiftKey ? -1 : 1;
      this.#save((row) => this.openNext(row, step));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #handleLeaving() {
    const isStill =
      this.form.contains(document.activeElement) ||
      !document.hasFocus() ||
      document.querySelector("dialog[open]");
    if (!isStill && !this.#isLeaving && this.form.isConnected) this.#save(() => {});
  }

  #close() {
    this.#isLeaving = true;
    this.form.remove();
    this.text.hidden = false;
  }

  /** @param {(row: HTMLElement) => void} then gets the row as it is afterwards */
  async #save(then) {
    if (this.#isLeaving) return;
    if (this.box.value.trim() === this.before.trim()) {
      this.#close();
      then(this.row);
      return;
    }
    this.#isLeaving = true;
    this.form.classList.add("saving");
    const { row, problem } = await send(this.row, this.box.value);
    if (row) {
      then(row);
      return;
    }
    this.#isLeaving = false;
    this.form.classList.remove("saving");
    /** @type {HTMLElement} */ (this.form.querySelector(".error")).textContent = problem;
    this.box.focus();
  }
}

/** Where the double-click fell, counted in characters of the line. @param {HTMLElement} text */
function caretOffset(text) {
  const selection = getSelection();
  if (!selection?.rangeCount || !text.contains(selection.getRangeAt(0).endContainer)) return 0;
  const { endContainer, endOffset } = selection.getRangeAt(0);
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(endContainer, endOffset);
  return before.toString().trimEnd().length;
}

/**
 * @param {HTMLElement} row
 * @param {string} text
 * @returns {Promise<{row: HTMLElement | null, problem: string}>} the new row, or why there is none
 */
async function send(row, text) {
  const { id } = row;
  const answer = await fetch(`/segments/${id.slice(4)}/`, {
    method: "POST",
    headers: csrfHeaders(),
    body: new URLSearchParams({ text }),
    redirect: "error",
  }).catch(() => null);
  if (!answer)
    return { row: null, problem: "Not saved: no connection, or you are logged out. The text is still here." };
  if (answer.status === 422) return { row: null, problem: await answer.text() };
  if (!answer.ok) return { row: null, problem: `Not saved (${answer.status}). The text is still here.` };
  window.htmx.swap(row, await answer.text(), { swapStyle: "outerHTML" });
  return { row: document.getElementById(id), problem: "" };
}
