// @ts-check
/** The player: sound, waveform, and one time axis on which one can click, drag and step. */
import WaveSurfer from "../vendor/wavesurfer/wavesurfer.esm.js";
import { behaviour } from "./attach.js";
import { attachAxis } from "./axis.js";
import { resolveColour } from "./colours.js";
import { listen, send } from "./events.js";
import { clock } from "./format.js";

const RATES = [1, 1.25, 1.5, 2, 0.75];
const STEP_S = 10;
const WAVE_HEIGHT_PX = 36;

behaviour("[data-player]", (element) => {
  const audio = /** @type {HTMLAudioElement} */ (element.querySelector("audio"));
  const durationMs = Number(element.dataset.duration);
  const wave = drawWave(element, audio, durationMs);
  attachControls(element, audio);
  attachClock(element, audio, durationMs);
  attachPointer(/** @type {HTMLElement} */ (element.querySelector(".axis")), audio, durationMs);
  attachAxis(element, durationMs);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", async () =>
    (await wave)?.setOptions(waveColours(element)),
  );
  let stopMs = Infinity;
  listen("time", ({ ms, isPlaying }) => {
    if (!isPlaying || ms < stopMs) return;
    stopMs = Infinity;
    audio.pause();
  });
  listen("seek", ({ ms, play, untilMs }) => {
    stopMs = untilMs ?? Infinity;
    audio.currentTime = ms / 1000;
    if (play) audio.play().catch(() => {});
  });
});

/** @param {HTMLElement} element */
function waveColours(element) {
  return { waveColor: resolveColour(element, "--wave"), progressColor: resolveColour(element, "--accent") };
}

/** @param {{peaks: number[][]}} found lowest and highest of each pixel in turn, -1 to 1 */
function splitPeaks({ peaks: [values] }) {
  return [values.filter((_, i) => i % 2), values.filter((_, i) => i % 2 === 0)];
}

/**
 * @param {HTMLElement} element
 * @param {HTMLAudioElement} audio
 * @param {number} durationMs
 */
async function drawWave(element, audio, durationMs) {
  const answer = await fetch(element.dataset.peaksUrl ?? "");
  if (!answer.ok) return null;
  return WaveSurfer.create({
    container: /** @type {HTMLElement} */ (element.querySelector("[data-wave]")),
    media: audio,
    peaks: splitPeaks(await answer.json()),
    duration: durationMs / 1000,
    height: WAVE_HEIGHT_PX,
    barWidth: 2,
    barGap: 1,
    cursorWidth: 0,
    normalize: true,
    interact: false,
    hideScrollbar: true,
    cspNonce: /** @type {HTMLElement} */ (document.querySelector("[data-nonce]")).dataset.nonce,
    ...waveColours(element),
  });
}

/** @param {HTMLElement} element @param {HTMLAudioElement} audio */
function attachControls(element, audio) {
  const play = /** @type {HTMLButtonElement} */ (element.querySelector("[data-play]"));
  const toggle = () => (audio.paused ? audio.play().catch(() => {}) : audio.pause());
  const skip = (/** @type {number} */ seconds) =>
    (audio.currentTime = Math.max(0, audio.currentTime + seconds));
  play.addEventListener("click", toggle);
  for (const type of ["play", "pause", "ended"]) {
    audio.addEventListener(type, () => (play.textContent = audio.paused ? "Play" : "Pause"));
  }
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll("[data-skip]"))) {
    button.addEventListener("click", () => skip(Number(button.dataset.skip)));
  }
  const rate = /** @type {HTMLElement} */ (element.querySelector("[data-rate]"));
  rate.addEventListener("click", () => {
    audio.playbackRate = RATES[(RATES.indexOf(audio.playbackRate) + 1) % RATES.length];
    rate.textContent = `${audio.playbackRate}×`;
  });
  listen("player", ({ act }) => {
    if (act === "toggle") toggle();
    else skip(act === "back" ? -STEP_S : STEP_S);
  });
}

/**
 * Say where the player is: on the page, and to the modules that follow it.
 * @param {HTMLElement} element
 * @param {HTMLAudioElement} audio
 * @param {number} durationMs
 */
function attachClock(element, audio, durationMs) {
  const now = /** @type {HTMLElement} */ (element.querySelector("[data-now]"));
  const head = /** @type {HTMLElement} */ (element.querySelector("[data-head]"));
  const slider = /** @type {HTMLInputElement} */ (element.querySelector("[data-slider]"));
  const tell = () => {
    const ms = audio.currentTime * 1000;
    now.textContent = clock(ms);
    head.style.insetInlineStart = `${Math.min(100, (ms / durationMs) * 100)}%`;
    slider.value = String(ms);
    slider.setAttribute("aria-valuetext", `${clock(ms)} of ${clock(durationMs)}`);
    send("time", { ms, isPlaying: !audio.paused });
  };
  const whilePlaying = () => {
    tell();
    if (!audio.paused) requestAnimationFrame(whilePlaying);
  };
  audio.addEventListener("play", whilePlaying);
  for (const type of ["seeked", "pause", "ended", "loadedmetadata"]) audio.addEventListener(type, tell);
  slider.addEventListener("input", () => (audio.currentTime = Number(slider.value) / 1000));
}

/**
 * Click or drag anywhere on the axis.
 * @param {HTMLElement} axis
 * @param {HTMLAudioElement} audio
 * @param {number} durationMs
 */
function attachPointer(axis, audio, durationMs) {
  const seek = (/** @type {PointerEvent} */ event) => {
    const box = axis.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    audio.currentTime = (share * durationMs) / 1000;
  };
  axis.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || /** @type {Element} */ (event.target).closest("button")) return;
    axis.setPointerCapture(event.pointerId);
    seek(event);
  });
  axis.addEventListener("pointermove", (event) => {
    if (axis.hasPointerCapture(event.pointerId)) seek(event);
  });
}
