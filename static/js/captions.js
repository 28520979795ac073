// @ts-check
/** Captions as they come: the growing one below, finished ones above, where they stay. Text only ever as text. */
import { behaviour } from "./attach.js";

const STATES = {
  on: "",
  waiting: "Captions are getting ready.",
  off: "Recording only: the model server is away. Nothing is lost; captions come back by themselves.",
};
const NEAR_END_PX = 80;

/** @param {Element} root */
export function makeCaptions(root) {
  const list = /** @type {HTMLElement} */ (root.querySelector("[data-captions]"));
  const partial = /** @type {HTMLElement} */ (root.querySelector("[data-partial]"));
  const state = /** @type {HTMLElement} */ (root.querySelector("[data-captions-state]"));
  const shown = new Set([...list.children].map((line) => Number(/** @type {HTMLElement} */ (line).dataset.start)));
  list.scrollTop = list.scrollHeight;

  return (/** @type {any} */ message) => {
    if (message.type === "captions") state.textContent = STATES[/** @type {keyof typeof STATES} */ (message.state)] ?? "";
    if (message.type === "caption.partial") {
      const stable = document.createElement("b");
      stable.textContent = message.text.slice(0, message.stable_chars);
      partial.replaceChildren(stable, message.text.slice(message.stable_chars));
    }
    if (message.type !== "caption.final") return;
    partial.replaceChildren();
    if (!message.text || shown.has(message.start_ms)) return;
    shown.add(message.start_ms);
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
    const line = document.createElement("p");
    line.dir = "auto";
    line.textContent = message.text;
    list.append(line);
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  };
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
