// @ts-check
/** Uploads that an earlier visit of this browser did not finish. A page cannot open the file again by itself, so it asks for it. */
import { csrfHeaders } from "./csrf.js";
import { size } from "./format.js";
import { UploadRow } from "./upload_row.js";

/** @typedef {{row: UploadRow, urlStorageKey: string}} Leftover */

/**
 * @param {{endpoint: string, choose: () => void}} options
 * @returns {Promise<Leftover[]>}
 */
export async function showLeftovers({ endpoint, choose }) {
  const storage = window.tus.defaultOptions.urlStorage;
  const found = [];
  for (const earlier of await storage.findAllUploads()) {
    const url = earlier.uploadUrl && new URL(earlier.uploadUrl, location.href);
    if (!url || !url.pathname.startsWith(endpoint)) continue;
    const offset = await findOffset(url);
    if (offset === null) await storage.removeUpload(earlier.urlStorageKey);
    else if (offset !== undefined) found.push(showLeftover(earlier, url, offset, choose));
  }
  return found;
}

/** @param {URL} url @returns {Promise<number | null | undefined>} bytes; null: the server does not know it; undefined: it did not answer */
async function findOffset(url) {
  try {
    const answer = await fetch(url, { method: "HEAD", headers: { "Tus-Resumable": "1.0.0" } });
    if (answer.status === 404 || answer.status === 410 || answer.headers.has("X-Meeting")) return null;
    return answer.ok ? Number(answer.headers.get("Upload-Offset")) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {any} earlier a tus PreviousUpload
 * @param {URL} url
 * @param {number} offset
 * @param {() => void} choose
 * @returns {Leftover}
 */
function showLeftover(earlier, url, offset, choose) {
  const row = new UploadRow(earlier.metadata.filename ?? "", async (act) => {
    if (act === "choose") choose();
    if (act !== "cancel") return;
    row.remove();
    await window.tus.defaultOptions.urlStorage.removeUpload(earlier.urlStorageKey);
    await fetch(url, { method: "DELETE", headers: { "Tus-Resumable": "1.0.0", ...csrfHeaders() } }).catch(
      () => {},
    );
  });
  const total = earlier.size ?? 0;
  row.show(`Stopped at ${size(offset)} of ${size(total)}, kept on the server`, {
    share: total ? offset / total : 0,
    acts: ["choose", "cancel"],
  });
  return { row, urlStorageKey: earlier.urlStorageKey };
}
