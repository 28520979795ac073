// @ts-check
/** On the Slides tab: while *Crop* is open the part to keep is drawn on the picture. The four numbers work without this. */
import { behaviour } from "./attach.js";
import { drawPart } from "./record_crop.js";

behaviour("[data-slide-crop]", (node) => {
  const details = /** @type {HTMLDetailsElement} */ (node);
  const frame = /** @type {HTMLElement | null} */ (details.closest("li")?.querySelector("a[data-view]"));
  if (!frame) return;
  const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (details.querySelector(`[name="${name}"]`));
  const part = document.createElement("span");
  part.className = "slide__part";
  const show = () => {
    const [left, top, right, bottom] = ["left", "top", "right", "bottom"].map((name) => Number(field(name).value));
    Object.assign(part.style, { left: `${left}%`, top: `${top}%`, right: `${100 - right}%`, bottom: `${100 - bottom}%` });
  };
  details.addEventListener("toggle", () => {
    frame.classList.toggle("is-cropped", details.open);
    if (details.open) frame.append(part);
    else part.remove();
    show();
  });
  details.addEventListener("input", show);
  frame.addEventListener("pointerdown", (event) => {
    if (!details.open || event.button !== 0) return;
    drawPart(frame, event, (edges) => {
      for (const [name, value] of Object.entries(edges)) field(name).value = String(value);
      show();
    });
  });
  // Neither the viewer nor the browser's own dragging of pictures.
  frame.addEventListener("dragstart", (event) => details.open && event.preventDefault());
  frame.addEventListener(
    "click",
    (event) => {
      if (!details.open) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
});
