// @ts-check
/**
 * Keep the page true. A socket says what kind of thing changed, htmx asks for those fragments again; without a socket everything that may
 * change is asked for every few seconds. What the socket says is never shown.
 */
import { behaviour } from "./attach.js";
import { listen, send } from "./events.js";

const POLL_MS = 5000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30000;
// At most one request of a kind in this time; hints come as fast as a worker beats.
const QUIET_MS = 700;
// The server's close codes for "not logged in" and "no such meeting": trying again changes nothing.
const FINAL_CODES = [4401, 4404];

/** Which fragments show what. */
const FRAGMENTS = {
  jobs: [["#progress", "jobs"]],
  speakers: [
    ["#meeting-head", "head"],
    ["#talk", "talk"],
  ],
  notes: [["#notes", "notes"]],
  meeting: [
    ["#meeting-head", "head"],
    ["#player:not(:has([data-ready]))", "player"],
  ],
};

/** @type {Map<string, number>} */
const pending = new Map();

/**
 * Once per key and QUIET_MS.
 * @param {string} key
 * @param {() => void} act
 */
function calmly(key, act) {
  if (pending.has(key)) return;
  pending.set(
    key,
    window.setTimeout(() => {
      pending.delete(key);
      act();
    }, QUIET_MS),
  );
}

/** @param {Element | null} element @param {string} name */
function askAgain(element, name) {
  if (!element) return;
  if (element.matches("[data-hold-while-editing]:has([data-editing])")) {
    // Somebody is typing in there; look again when they have finished.
    calmly(`${name} held`, () => askAgain(element, name));
    return;
  }
  window.htmx.trigger(element, `minutebook:${name}`, {});
}

listen("changed", ({ what }) => {
  for (const kind of what.split(" ")) {
    for (const [selector, name] of FRAGMENTS[/** @type {keyof typeof FRAGMENTS} */ (kind)] ?? []) {
      calmly(selector, () => askAgain(document.querySelector(selector), name));
    }
  }
});

/** @param {{what?: string[], meeting?: string}} message */
function passOn(message) {
  const what = (message.what ?? []).map(String);
  if (!what.includes("meetings")) {
    send("changed", { what: what.join(" ") });
    return;
  }
  const row = document.getElementById(`meeting-${message.meeting}`);
  if (row) calmly(row.id, () => window.htmx.trigger(row, "minutebook:row", {}));
  else calmly("list", () => window.htmx.trigger("#meetings", "minutebook:list", {}));
}

/** @param {string} page */
function lookAtAll(page) {
  if (page === "home") calmly("list", () => window.htmx.trigger("#meetings", "minutebook:list", {}));
  else send("changed", { what: "jobs segments speakers notes meeting" });
}

/** @param {string} page whether anything can change by itself */
function isWorkUnderWay(page) {
  return page === "home"
    ? document.querySelector(".row .work") !== null
    : document.querySelector("#progress progress") !== null;
}

/** @param {HTMLElement} element */
function connect(element) {
  const page = element.dataset.live ?? "";
  const url = new URL(element.dataset.liveUrl ?? "", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  let retryMs = FIRST_RETRY_MS;
  let isOpen = false;
  let hasFinished = false;

  const open = () => {
    const socket = new WebSocket(url);
    socket.addEventListener("open", () => {
      // What happened while nobody listened is asked for once.
      if (retryMs > FIRST_RETRY_MS) lookAtAll(page);
      isOpen = true;
      retryMs = FIRST_RETRY_MS;
    });
    socket.addEventListener("message", (event) => passOn(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => {
      isOpen = false;
      hasFinished = FINAL_CODES.includes(event.code);
      if (hasFinished) return;
      setTimeout(open, retryMs * (0.5 + Math.random() / 2));
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
    });
  };
  open();
  setInterval(() => {
    if (!isOpen && !hasFinished && !document.hidden && isWorkUnderWay(page)) lookAtAll(page);
  }, POLL_MS);
}

/** The list of meetings is replaced as a whole at times; the socket stays. */
const connected = new Set();
behaviour("[data-live]", (element) => {
  const url = element.dataset.liveUrl ?? "";
  if (connected.has(url)) return;
  connected.add(url);
  connect(element);
});

// When the work moves on to another state, more than the bar has changed.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = /** @type {CustomEvent} */ (event).detail;
  if (target.id === "progress") lastState = target.dataset.state;
});
document.addEventListener("htmx:afterSettle", () => {
  const state = document.getElementById("progress")?.dataset.state;
  if (lastState && state !== lastState) send("changed", { what: "segments speakers notes meeting" });
  lastState = undefined;
});
/** @type {string | undefined} */
let lastState;
