// @ts-check
/** Files chosen or dropped anywhere on the page are uploaded, a few at a time. */
import { behaviour } from "./attach.js";
import { FileUpload } from "./upload_file.js";
import { showLeftovers } from "./upload_leftover.js";

// Browsers open six connections to a server; the page itself needs some of them.
const MAX_AT_ONCE = 3;
const REMOVE_AFTER_MS = 4000;

behaviour("[data-upload]", (element) => {
  const input = /** @type {HTMLInputElement} */ (element);
  const endpoint = input.dataset.endpoint ?? "";
  const status = /** @type {HTMLElement} */ (document.querySelector("[data-upload-status]"));
  /** @type {FileUpload[]} */
  const uploads = [];
  /** @type {import("./upload_leftover.js").Leftover[]} */
  let leftovers = [];
  const asked = new Promise((resolve) => {
    whenTusIsThere(async () => {
      try {
        leftovers = await showLeftovers({ endpoint, choose: () => input.click() });
      } finally {
        resolve(undefined);
      }
    });
  });

  const startNext = () => {
    while (uploads.filter((upload) => upload.isActive).length < MAX_AT_ONCE) {
      const next = uploads.find((upload) => upload.state === "waiting");
      if (!next) return;
      next.start();
    }
  };

  /** @param {FileUpload} upload @param {"done" | "failed" | "cancelled"} result */
  const onEnd = (upload, result) => {
    status.textContent =
      result === "done"
        ? `${upload.file.name} is uploaded.`
        : result === "failed"
          ? `${upload.file.name} was not uploaded.`
          : "";
    if (result === "done") {
      window.htmx.trigger("#meetings", "minutebook:list", {});
      setTimeout(() => upload.row.remove(), REMOVE_AFTER_MS);
    }
    startNext();
  };

  /** @param {Iterable<File>} files */
  const add = async (files) => {
    // A file that is chosen at once may be one of them.
    await asked;
    for (const file of files) {
      const upload = new FileUpload(file, { endpoint, onEnd });
      const known = new Set(
        (await upload.upload.findPreviousUploads()).map(
          (/** @type {any} */ earlier) => earlier.urlStorageKey,
        ),
      );
      for (const leftover of leftovers) if (known.has(leftover.urlStorageKey)) leftover.row.remove();
      leftovers = leftovers.filter((leftover) => !known.has(leftover.urlStorageKey));
      uploads.push(upload);
    }
    startNext();
  };

  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = "";
    add(files);
  });
  acceptDrops(/** @type {HTMLElement} */ (document.querySelector("[data-drop]")), add);
  window.addEventListener("beforeunload", (event) => {
    if (uploads.some((upload) => upload.isActive)) event.preventDefault();
  });
});

/** The library is a classic script that may come after this module. @param {() => void} act */
function whenTusIsThere(act) {
  if (window.tus) act();
  else window.addEventListener("load", act, { once: true });
}

/**
 * @param {HTMLElement} veil shown while a file hovers over the page
 * @param {(files: File[]) => void} add
 */
function acceptDrops(veil, add) {
  const hasFiles = (/** @type {DragEvent} */ event) =>
    [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  });
  document.addEventListener("drop", (event) => {
    veil.hidden = true;
    if (!hasFiles(event)) return;
    event.preventDefault();
    add([...(event.dataTransfer?.files ?? [])]);
  });
}
