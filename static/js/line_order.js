// @ts-check
/** Lines of the notes in another order: drag the grip, or focus it and press arrow up or down. The server keeps who moved what. */
import { behaviour } from "./attach.js";
import { csrfHeaders } from "./csrf.js";
import { toast } from "./toasts.js";

/** @type {HTMLElement | null} */
let dragged = null;

/** @param {Element} line @returns {HTMLElement[]} the lines it stands among */
function group(line) {
  return /** @type {HTMLElement[]} */ ([...(line.parentElement?.children ?? [])]).filter((one) =>
    one.matches("[data-move-url]"),
  );
}

/** @param {HTMLElement} line @param {number} place */
async function moveTo(line, place) {
  const lines = group(line);
  const from = lines.indexOf(line);
  const to = Math.max(0, Math.min(lines.length - 1, place));
  if (from === to) return;
  if (to > from) lines[to].after(line);
  else lines[to].before(line);
  const answer = await fetch(line.dataset.moveUrl ?? "", {
    method: "POST",
    headers: { ...csrfHeaders(), "HX-Request": "true" },
    body: new URLSearchParams({ place: String(to) }),
    redirect: "error",
  }).catch(() => null);
  if (answer?.ok) toast(`Moved to place ${to + 1} of ${lines.length}.`);
  else {
    toast("Not moved: no connection, or you are logged out.", { isError: true });
    window.htmx.trigger("#notes", "minutebook:notes", {});
  }
}

behaviour("[data-grip]", (grip) => {
  const line = /** @type {HTMLElement} */ (grip.closest("[data-move-url]"));
  grip.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.key === "ArrowUp" ? -1 : 1;
    moveTo(line, group(line).indexOf(line) + step);
    grip.focus();
  });
  grip.addEventListener("dragstart", (event) => {
    dragged = line;
    line.classList.add("dragged");
    event.dataTransfer?.setData("text/plain", line.id);
    event.dataTransfer?.setDragImage(line, 0, 0);
  });
  grip.addEventListener("dragend", () => {
    line.classList.remove("dragged");
    dragged = null;
  });
});

/** @param {DragEvent} event @param {HTMLElement} line */
function isAfter(event, line) {
  const { top, height } = line.getBoundingClientRect();
  return event.clientY > top + height / 2;
}

behaviour("[data-move-url]", (line) => {
  const clear = () => line.classList.remove("drop-before", "drop-after");
  line.addEventListener("dragover", (event) => {
    if (!dragged || dragged === line || dragged.parentElement !== line.parentElement) return;
    event.preventDefault();
    clear();
    line.classList.add(isAfter(event, line) ? "drop-after" : "drop-before");
  });
  line.addEventListener("dragleave", (event) => {
    // From one part of the line to another is not away from it.
    if (!line.contains(/** @type {Node | null} */ (event.relatedTarget))) clear();
  });
  line.addEventListener("drop", (event) => {
    clear();
    if (!dragged || dragged === line) return;
    event.preventDefault();
    const lines = group(line).filter((one) => one !== dragged);
    moveTo(dragged, lines.indexOf(line) + (isAfter(event, line) ? 1 : 0));
  });
});
