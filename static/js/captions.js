// @ts-check
/** Captions as they come: the growing one below, finished ones above, where they stay. Text only ever as text. */
import { behaviour } from "./attach.js";
import { clock } from "./format.js";

const STATES = {
  on: "",
  waiting: "Captions are getting ready.",
  off: "Recording only: the model server is away. Nothing is lost; captions come back by themselves.",
};
const NEAR_END_PX = 80;
// Of the sheet, as for the voices of a transcript.
const PALETTE_SIZE = 8;

/** @param {Element} root */
export function makeCaptions(root) {
  const list = /** @type {HTMLElement} */ (root.querySelector("[data-captions]"));
  const partial = /** @type {HTMLElement} */ (root.querySelector("[data-partial]"));
  const state = /** @type {HTMLElement} */ (root.querySelector("[data-captions-state]"));
  const lines = () => /** @type {HTMLElement[]} */ ([...list.children]);
  const shown = new Set(lines().map((line) => Number(line.dataset.start)));
  nameSpeakers(lines());
  list.scrollTop = list.scrollHeight;

  /** What stands at the end stays in sight. @param {() => void} change */
  const keepAtEnd = (change) => {
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
    change();
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  };

  return (/** @type {import("./record_socket.js").CaptionMessage} */ message) => {
    if (message.type === "captions") state.textContent = STATES[message.state] ?? "";
    if (message.type === "caption.partial") {
      const stable = document.createElement("b");
      stable.textContent = message.text.slice(0, message.stable_chars);
      keepAtEnd(() => partial.replaceChildren(stable, message.text.slice(message.stable_chars)));
    }
    if (message.type === "caption.speakers") {
      const numbers = new Map(message.speakers);
      for (const line of lines()) {
        const number = numbers.get(Number(line.dataset.start));
        if (number) line.dataset.speaker = String(number);
      }
      keepAtEnd(() => nameSpeakers(lines()));
    }
    if (message.type !== "caption.final") return;
    partial.replaceChildren();
    if (!message.text || shown.has(message.start_ms)) return;
    shown.add(message.start_ms);
    keepAtEnd(() => {
      list.append(makeLine(message));
      nameSpeakers(lines().slice(-2));
    });
  };
}

/** @param {{start_ms: number, text: string, speaker: number | null}} message */
function makeLine({ start_ms, text, speaker }) {
  const line = document.createElement("p");
  line.dataset.start = String(start_ms);
  if (speaker) line.dataset.speaker = String(speaker);
  const time = document.createElement("time");
  time.textContent = clock(start_ms);
  // Read aloud it would stand in the middle of what is said.
  time.ariaHidden = "true";
  const words = document.createElement("span");
  words.dir = "auto";
  words.textContent = text;
  line.append(time, words);
  return line;
}

/** Where the voice changes, whose it seems to be. @param {HTMLElement[]} lines */
function nameSpeakers(lines) {
  for (const line of lines) {
    let before = /** @type {HTMLElement | null} */ (line.previousElementSibling);
    // Over a word or two by nobody knows whom.
    while (before && !before.dataset.speaker) before = /** @type {HTMLElement | null} */ (before.previousElementSibling);
    const number = line.dataset.speaker;
    let name = line.querySelector("b");
    if (!number || before?.dataset.speaker === number) {
      name?.remove();
      continue;
    }
    if (!name) {
      name = document.createElement("b");
      line.prepend(name);
    }
    name.className = `who c${(Number(number) - 1) % PALETTE_SIZE}`;
    name.textContent = `Speaker ${number}`;
  }
}

behaviour("[data-size]", (button) => {
  button.addEventListener("click", () => {
    const now = Number(localStorage.getItem("caption-scale") ?? 1);
    const next = Math.min(2.4, Math.max(0.8, now + 0.2 * Number(button.dataset.size)));
    localStorage.setItem("caption-scale", String(next));
    applySize();
  });
  applySize();
});

function applySize() {
  document.documentElement.style.setProperty("--caption-scale", localStorage.getItem("caption-scale") ?? "1");
}

behaviour("[data-watch]", (root) => {
  const show = makeCaptions(root);
  const url = new URL(root.dataset.watch ?? "", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  let wasOpen = false;
  const open = () => {
    const socket = new WebSocket(url);
    socket.addEventListener("open", () => {
      // What was said meanwhile stands in the page of the server.
      if (wasOpen) location.reload();
      wasOpen = true;
    });
    socket.addEventListener("message", (event) => {
      const message = JSON.parse(event.data);
      if (message.type === "stopped") location.href = root.dataset.meetingUrl ?? "/";
      else show(message);
    });
    socket.addEventListener("close", (event) => {
      if (event.code < 4400) setTimeout(open, 2000);
    });
  };
  open();
});
