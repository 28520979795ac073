// @ts-check
/** One file in the list of uploads, as a person sees it. Knows nothing of how it is sent. */

/** @typedef {"pause" | "resume" | "choose" | "cancel"} Act */

export class UploadRow {
  /**
   * @param {string} name shown as text only
   * @param {(act: Act) => void} onAct
   */
  constructor(name, onAct) {
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById("upload-row"));
    this.element = /** @type {HTMLElement} */ (
      /** @type {Element} */ (template.content.firstElementChild).cloneNode(true)
    );
    const label = /** @type {HTMLElement} */ (this.element.querySelector(".upload__name"));
    label.textContent = name;
    label.title = name;
    this.progress = /** @type {HTMLProgressElement} */ (this.element.querySelector("progress"));
    this.progress.setAttribute("aria-label", `Uploaded of ${name}`);
    this.state = /** @type {HTMLElement} */ (this.element.querySelector(".upload__state"));
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (
      this.element.querySelectorAll("button[data-act]")
    )) {
      button.setAttribute("aria-label", `${button.textContent}: ${name}`);
      button.addEventListener("click", () => onAct(/** @type {Act} */ (button.dataset.act)));
    }
    const list = /** @type {HTMLElement} */ (document.querySelector("[data-uploads]"));
    list.hidden = false;
    list.querySelector("ul")?.append(this.element);
  }

  /**
   * @param {string} text
   * @param {{share?: number, acts?: Act[], isBad?: boolean}} [options] share: 0..1; acts: the buttons that make sense now
   */
  show(text, { share, acts = [], isBad = false } = {}) {
    this.state.textContent = text;
    if (share !== undefined) this.progress.value = Math.round(share * 1000);
    this.element.classList.toggle("bad", isBad);
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (
      this.element.querySelectorAll("button[data-act]")
    )) {
      button.hidden = !acts.includes(/** @type {Act} */ (button.dataset.act));
    }
  }

  /** @param {string} url */
  showLink(url) {
    const link = /** @type {HTMLAnchorElement} */ (this.element.querySelector("[data-act=open]"));
    link.href = url;
    link.hidden = false;
  }

  remove() {
    this.element.remove();
    const list = /** @type {HTMLElement} */ (document.querySelector("[data-uploads]"));
    list.hidden = !list.querySelector("li");
  }
}
