// @ts-check
/** Short messages in the corner: what the server sent with the page, and what went wrong with a request. */

const SHOWN_MS = 6000;

/**
 * @param {string} text
 * @param {{isError?: boolean}} [options]
 */
export function toast(text, { isError = false } = {}) {
  const line = document.createElement("p");
  line.className = isError ? "toast error" : "toast";
  line.textContent = text;
  document.getElementById("toasts")?.append(line);
  setTimeout(() => line.remove(), SHOWN_MS);
}

for (const line of document.querySelectorAll("#toasts .toast")) setTimeout(() => line.remove(), SHOWN_MS);

/** @param {number} status */
function explain(status) {
  if (status === 403) return "You can read this meeting, not change it. Nothing was changed.";
  if (status === 404) return "This is gone; somebody may have changed the meeting. Load the page again.";
  return "The server could not do this. Nothing was changed; try again.";
}

document.addEventListener("htmx:responseError", (event) => {
  // The answer said itself what was the matter.
  if (/** @type {CustomEvent} */ (event).detail.xhr.status === 409) return;
  toast(explain(/** @type {CustomEvent} */ (event).detail.xhr.status), { isError: true });
});
document.addEventListener("htmx:sendError", (event) => {
  const { requestConfig } = /** @type {CustomEvent} */ (event).detail;
  // What the page asks for by itself is asked for again; only a person's action deserves a word.
  if (requestConfig.verb !== "get" || !requestConfig.triggeringEvent?.type.startsWith("minutebook:")) {
    toast("No connection to the server. Nothing was changed; try again.", { isError: true });
  }
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = /** @type {CustomEvent} */ (event).detail;
  // Logged out meanwhile: the login page must not land inside a fragment.
  if (new URL(xhr.responseURL, location.href).pathname.startsWith("/accounts/login/")) {
    event.preventDefault();
    location.reload();
  }
});
