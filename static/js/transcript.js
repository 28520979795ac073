// @ts-check
/** The transcript: rows by time, the keyboard among them, and what comes while the recogniser still writes. */
import { behaviour } from "./attach.js";
import { attachEdit } from "./edit.js";
import { listen, send } from "./events.js";
import { attachFind } from "./find.js";
import { attachFollow } from "./follow.js";
import { attachPick } from "./pick.js";
import { SegmentIndex } from "./segment_index.js";
import { attachVoiceFilter } from "./voice_filter.js";
import { updateVoices } from "./voices.js";
import { Words } from "./words.js";

const QUIET_MS = 700;
// A person who has just named a voice waits for it; the answer is small.
const NAMES_MS = 50;

behaviour("[data-transcript]", (section) => {
  const list = /** @type {HTMLElement} */ (section.querySelector("[data-segments]"));
  const index = new SegmentIndex(list);
  const words = new Words(list, section.dataset.wordsUrl ?? "");
  const isEditable = "editable" in section.dataset;
  attachFollow(section, index, words);
  attachFind(section, index);
  if (isEditable) attachPick(section, index, openDialog);
  if (isEditable) attachEdit(section, index);
  attachClicks(list, words, isEditable);
  attachKeys(list, index, isEditable);
  attachUpdates(section, list);
  attachVoiceFilter(section, list);
});

/** @param {HTMLElement} list @param {Words} words @param {boolean} isEditable */
function attachClicks(list, words, isEditable) {
  list.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const row = /** @type {HTMLElement | null} */ (target.closest(".seg"));
    if (!row) return;
    if (target.closest("[data-history]")) openDialog(`/segments/${row.id.slice(4)}/history/`);
    else if (target.closest(".at")) {
      event.preventDefault();
      send("seek", { ms: Number(row.dataset.s), play: true });
    } else if (target.matches("[data-speaker]")) {
      if (isEditable) openDialog(`/speakers/${target.dataset.speaker}/?segment=${row.id.slice(4)}`);
    } else if (target.matches("p span") && getSelection()?.isCollapsed) {
      const ms = words.startOf(row, target);
      if (ms !== null) send("seek", { ms });
    }
  });
}

/** @param {string} url */
function openDialog(url) {
  window.htmx.ajax("get", url, { target: "#dialog", swap: "innerHTML" });
}

/**
 * One stop for Tab; arrows go from row to row.
 * @param {HTMLElement} list
 * @param {SegmentIndex} index
 * @param {boolean} isEditable
 */
function attachKeys(list, index, isEditable) {
  const makeStop = () => {
    if (!list.querySelector('.seg[tabindex="0"]')) list.querySelector(".seg:not([hidden])")?.setAttribute("tabindex", "0");
  };
  makeStop();
  new MutationObserver(makeStop).observe(list, { childList: true });
  list.addEventListener("focusin", (event) => {
    const row = /** @type {Element} */ (event.target).closest(".seg");
    if (!row || row.getAttribute("tabindex") === "0") return;
    list.querySelector('.seg[tabindex="0"]')?.setAttribute("tabindex", "-1");
    row.setAttribute("tabindex", "0");
  });
  list.addEventListener("keydown", (event) => {
    const row = /** @type {HTMLElement} */ (event.target);
    if (!row.matches(".seg") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown") index.next(row, 1)?.focus();
    else if (event.key === "ArrowUp") index.next(row, -1)?.focus();
    else if (event.key === "p") send("seek", { ms: Number(row.dataset.s), play: true });
    else if (event.key === "s" && isEditable)
      /** @type {HTMLElement | null} */ (row.querySelector("[data-speaker]"))?.click();
    else if (event.key === "x" && isEditable) openDialog(`/segments/${row.id.slice(4)}/split/`);
    else if (event.key === "h") openDialog(`/segments/${row.id.slice(4)}/history/`);
    else return;
    event.preventDefault();
  });
}

/** New rows are added at the end while the recogniser writes; new speakers change names, or all rows when lines were split. @param {HTMLElement} section @param {HTMLElement} list */
function attachUpdates(section, list) {
  const url = section.dataset.rowsUrl ?? "";
  const status = /** @type {HTMLElement} */ (section.querySelector("[data-transcript-status]"));
  let timer = 0;
  let isWhole = false;
  let hasVoices = false;

  const ask = async () => {
    timer = 0;
    if (hasVoices) {
      hasVoices = false;
      isWhole ||= !(await updateVoices(section.dataset.voicesUrl ?? "", list));
      if (!isWhole) return;
    }
    if (isWhole && list.querySelector(".edit")) {
      // Somebody is typing in a row; the others can wait.
      timer = window.setTimeout(ask, QUIET_MS);
      return;
    }
    const isAll = isWhole;
    isWhole = false;
    const lastId = Math.max(0, ...[...list.children].map((row) => Number(row.id.slice(4))));
    const answer = await fetch(isAll || !lastId ? url : `${url}?after=${lastId}`).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const html = await answer.text();
    if (isAll) replaceAll(list, html);
    else if (html) {
      window.htmx.swap(list, html, { swapStyle: "beforeend" });
      status.textContent = `The transcript has ${list.children.length} lines.`;
    }
  };
  listen("changed", ({ what }) => {
    if (!/segments|speakers/.test(what)) return;
    hasVoices ||= /speakers/.test(what);
    timer ||= window.setTimeout(ask, /segments/.test(what) ? QUIET_MS : NAMES_MS);
  });
}

/** The place where one reads, and the focus, stay. @param {HTMLElement} list @param {string} html */
function replaceAll(list, html) {
  const { scrollTop } = list;
  const focused = document.activeElement?.closest(".seg")?.id;
  window.htmx.swap(list, html, { swapStyle: "innerHTML" });
  list.scrollTop = scrollTop;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}
