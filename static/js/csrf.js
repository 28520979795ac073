// @ts-check
/** The token that Django wants with every change, as the page's body carries it for htmx. */

/** @returns {Record<string, string>} */
export function csrfHeaders() {
  return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
}
