// @ts-check
/** Only one voice's lines, and a name only where the voice changes. The rows stay where they are, so that time, search and corrections go on working among them. */

/**
 * @param {HTMLElement} section
 * @param {HTMLElement} list whose children are the rows
 */
export function attachVoiceFilter(section, list) {
  const select = /** @type {HTMLSelectElement} */ (section.querySelector("[data-voice-filter]"));
  const status = /** @type {HTMLElement} */ (section.querySelector("[data-voice-filter-status]"));
  let timer = 0;

  const apply = () => {
    timer = 0;
    fillIn(select, list);
    const wanted = select.value;
    let shown = 0;
    let before = "";
    for (const row of /** @type {HTMLCollectionOf<HTMLElement>} */ (list.children)) {
      const voice = readVoice(row)?.dataset.speaker ?? "";
      row.hidden = Boolean(wanted) && voice !== wanted;
      if (row.hidden) continue;
      shown += 1;
      row.classList.toggle("seg--on", voice !== "" && voice === before);
      before = voice;
    }
    keepStop(list);
    const name = select.selectedOptions[0]?.textContent ?? "";
    status.textContent = wanted ? `${shown} of ${list.children.length} lines: ${name}` : "";
    list.toggleAttribute("data-filtered", Boolean(wanted));
  };
  select.addEventListener("change", () => {
    // What one was reading, or the nearest line of this voice after it, stays in sight.
    const first = [...list.children].find((row) => row.getBoundingClientRect().bottom > list.getBoundingClientRect().top);
    apply();
    let row = /** @type {HTMLElement | null | undefined} */ (first);
    while (row?.hidden) row = /** @type {HTMLElement | null} */ (row.nextElementSibling);
    row?.scrollIntoView({ block: "start" });
  });
  new MutationObserver(() => (timer ||= requestAnimationFrame(apply))).observe(list, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["data-speaker"],
  });
  apply();
}

/** @param {Element} row @returns {HTMLElement | null} */
function readVoice(row) {
  return row.querySelector("[data-speaker]");
}

/** The voices of the rows, in order of first word; the choice stays while its voice has a line. @param {HTMLSelectElement} select @param {HTMLElement} list */
function fillIn(select, list) {
  const voices = /** @type {Map<string, string>} */ (new Map());
  for (const row of list.children) {
    const voice = readVoice(row);
    if (voice) voices.set(voice.dataset.speaker ?? "", voice.textContent ?? "");
  }
  const before = select.value;
  const now = [...select.options].slice(1).map((option) => [option.value, option.text]);
  if (JSON.stringify(now) !== JSON.stringify([...voices])) {
    select.length = 1;
    for (const [id, name] of voices) select.add(new Option(name, id));
    select.value = voices.has(before) ? before : "";
  }
  /** @type {HTMLElement} */ (select.parentElement).hidden = voices.size < 2;
}

/** Tab must not lead to a row that is hidden. @param {HTMLElement} list */
function keepStop(list) {
  const stop = list.querySelector('.seg[tabindex="0"]');
  if (stop && !(/** @type {HTMLElement} */ (stop).hidden)) return;
  stop?.setAttribute("tabindex", "-1");
  list.querySelector(".seg:not([hidden])")?.setAttribute("tabindex", "0");
}
