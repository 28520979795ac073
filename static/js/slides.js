// @ts-check
/** Paste an image, or drop images and decks on the Slides tab. The form beside it works without this. */
import { behaviour } from "./attach.js";
import { csrfHeaders } from "./csrf.js";

behaviour("[data-slides]", (page) => {
  const url = page.dataset.slidesUrl ?? "";
  const status = /** @type {HTMLElement} */ (page.querySelector("[data-slides-status]"));

  /** @param {FileList | undefined} files */
  async function add(files) {
    for (const file of files ?? []) {
      status.textContent = "Adding…";
      const body = new FormData();
      body.append("file", file, file.name || "pasted.png");
      try {
        const answer = await fetch(url, {
          method: "POST",
          body,
          headers: { ...csrfHeaders(), "X-Slides": "grid" },
        });
        if (answer.status !== 200 && answer.status !== 422) throw new Error();
        const template = document.createElement("template");
        template.innerHTML = await answer.text(); // our own fragment, escaped by the server
        page.querySelector("#slides")?.replaceWith(template.content);
        window.htmx.process(page);
        status.textContent = answer.ok ? "Added." : "";
      } catch {
        status.textContent = "It could not be sent. Try again.";
      }
    }
  }

  document.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length || !page.isConnected) return;
    event.preventDefault();
    void add(event.clipboardData.files);
  });
  page.addEventListener("dragover", (event) => {
    event.preventDefault();
    page.classList.add("over");
  });
  page.addEventListener("dragleave", () => page.classList.remove("over"));
  page.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    page.classList.remove("over");
    void add(event.dataTransfer?.files);
  });
});
