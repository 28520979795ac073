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
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("edit-template"));

  /** @param {HTMLElement} row @param {number} [caret] */
  const open = (row, caret) => {
    if (row.querySelector("form")) return;
    const text = /** @type {HTMLElement} */ (row.querySelector("p"));
    const form = /** @type {HTMLFormElement} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true));
    const box = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
    box.value = text.textContent ?? "";
    text.hidden = true;
    text.after(form);
    box.focus();
    box.setSelectionRange(caret ?? 0, caret ?? 0);
    attachForm(row, form, box);
  };

  /** @param {HTMLElement} row @param {HTMLFormElement} form */
  const close = (row, form) => {
    form.remove();
    const text = row.querySelector("p");
    if (text) text.hidden = false;
  };

  /** @param {HTMLElement} row @param {HTMLFormElement} form @param {HTMLTextAreaElement} box */
  const attachForm = (row, form, box) => {
    const before = box.value;
    let isLeaving = false;

    /** @param {(row: HTMLElement) => void} then what gets the focus */
    const save = async (then) => {
      isLeaving = true;
      if (box.value.trim() === before.trim()) {
        close(row, form);
        then(row);
        return;
      }
      form.classList.add("saving");
      const saved = await send(row, box.value);
      if (saved.row) then(saved.row);
      else {
        isLeaving = false;
        form.classList.remove("saving");
        /** @type {HTMLElement} */ (form.querySelector(".error")).textContent = saved.problem;
        box.focus();
      }
    };

    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        isLeaving = true;
        close(row, form);
        row.focus();
      } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        save((now) => now.focus());
      } else if (event.key === "Tab") {
        const step = event.shiftKey ? -1 : 1;
        save((now) => {
          const next = index.next(now, step);
          if (next) open(next);
          else now.focus();
        });
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
    box.addEventListener("blur", () => {
      // The browser's own windows take the focus too; the text stays open for them.
      if (!isLeaving && document.hasFocus() && !form.contains(document.activeElement)) setTimeout(() => {
        if (!isLeaving && form.isConnected && !form.contains(document.activeElement)) save(() => {});
      }, 0);
    });
  };

  section.addEventListener("dblclick", (event) => {
    const target = /** @type {Element} */ (event.target);
    const row = /** @type {HTMLElement | null} */ (target.closest("p")?.closest(".seg") ?? null);
    if (!row) return;
    event.preventDefault();
    open(row, caretOffset(/** @type {HTMLElement} */ (row.querySelector("p"))));
  });
  section.addEventListener("keydown", (event) => {
    const row = /** @type {HTMLElement} */ (event.target);
    if (!row.matches(".seg") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key !== "Enter" && event.key !== "e") return;
    event.preventDefault();
    open(row);
  });
}

/** Where the double-click fell, counted in characters of the line. @param {HTMLElement} text */
function caretOffset(text) {
  const selection = getSelection();
  if (!selection?.rangeCount) return 0;
  const caret = selection.getRangeAt(0);
  const before = document.createRange();
  before.setStart(text, 0);
  try {
    before.setEnd(caret.endContainer, caret.endOffset);
  } catch {
    return 0;
  }
  return Math.min(before.toString().trimEnd().length, text.textContent?.length ?? 0);
}

/**
 * @param {HTMLElement} row
 * @param {string} text
 * @returns {Promise<{row: HTMLElement | null, problem: string}>}
 */
async function send(row, text) {
  const id = row.id;
  const answer = await fetch(`/segments/${id.slice(4)}/`, {
    method: "POST",
    headers: csrfHeaders(),
    body: new URLSearchParams({ text }),
    redirect: "error",
  }).catch(() => null);
  if (!answer) return { row: null, problem: "Not saved: no connection, or you are logged out. The text is still here." };
  if (answer.status === 422) return { row: null, problem: await answer.text() };
  if (!answer.ok) return { row: null, problem: `Not saved (${answer.status}). The text is still here.` };
  window.htmx.swap(row, await answer.text(), { swapStyle: "outerHTML" });
  return { row: document.getElementById(id), problem: "" };
}
