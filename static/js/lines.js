// @ts-check
/** Lines of the notes: edited in place by double-click or by E, given up by Esc, suggestions gone through one by one. */
import { behaviour } from "./attach.js";

/** @param {HTMLElement} line */
function edit(line) {
  window.htmx.ajax("get", line.dataset.editUrl ?? "", { target: line, swap: "outerHTML" });
}

behaviour("[data-line]", (line) => {
  line.addEventListener("dblclick", (event) => {
    if (!(/** @type {Element} */ (event.target).closest("a, button, form"))) edit(line);
  });
  line.addEventListener("keydown", (event) => {
    if (event.key !== "e" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    edit(line);
  });
});

behaviour("[data-line-form]", (form) => {
  const text = form.querySelector("textarea");
  text?.focus();
  text?.setSelectionRange(text.value.length, text.value.length);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      /** @type {HTMLElement} */ (form.querySelector("[data-cancel-line]")).click();
    } else if (event.key === "Enter" && !event.shiftKey && event.target === text) {
      event.preventDefault();
      /** @type {HTMLFormElement} */ (form).requestSubmit();
    }
  });
});

behaviour("[data-review]", (button) => {
  button.addEventListener("click", () => {
    /** @type {HTMLElement | null} */ (document.querySelector("[data-confirm]"))?.focus();
  });
});

// A confirmed or refused suggestion is replaced or gone: the keyboard goes on with the next one.
document.addEventListener("htmx:afterSettle", (event) => {
  const { requestConfig } = /** @type {CustomEvent} */ (event).detail;
  if (!requestConfig?.path.endsWith("/move/") || document.activeElement !== document.body) return;
  const next =
    document.querySelector("[data-confirm]") ?? document.querySelector("#notes .check, #list .check");
  /** @type {HTMLElement | null} */ (next)?.focus();
});
