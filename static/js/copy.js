// @ts-check
/** Copy a text, and select a field's text when it gets the focus. */
import { behaviour } from "./attach.js";
import { toast } from "./toasts.js";

behaviour("[data-copy]", (button) => {
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy ?? "");
      toast("Copied.");
    } catch {
      // Browsers allow it only on https and localhost; the field beside it can be copied by hand.
      toast("The browser did not allow it. Select the text and copy it.", { isError: true });
    }
  });
});

behaviour("[data-select]", (element) => {
  const input = /** @type {HTMLInputElement} */ (element);
  input.addEventListener("focus", () => input.select());
});
