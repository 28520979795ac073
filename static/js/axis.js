// @ts-check
/** What lies under the waveform on the same time axis: who spoke when, what the notes drew on, and the chapters. */
import { resolveColour } from "./colours.js";
import { listen, send } from "./events.js";
import { clock } from "./format.js";
import { showSlides } from "./slide_track.js";

const COVER_PX = 5;
const LANE_PX = 8;
const LANE_GAP_PX = 5;
// With more voices than this the lanes get thinner instead of the player getting taller.
const MAX_LANES_TALL = 5;
const MIN_BAR_PX = 1.5;

/**
 * @typedef {{name: string, colour: number | null, bars: [number, number][]}} Lane
 * @typedef {{lanes: Lane[], chapters: [number, string][], slides: import("./slide_track.js").ShownSlide[], covered: [number, number][] | null}} Axis
 */

/** @param {HTMLElement} player @param {number} durationMs */
export function attachAxis(player, durationMs) {
  const lanes = /** @type {HTMLCanvasElement} */ (player.querySelector("[data-lanes]"));
  const cover = /** @type {HTMLCanvasElement} */ (player.querySelector("[data-cover]"));
  const chapters = /** @type {HTMLElement} */ (player.querySelector("[data-chapters]"));
  const slides = /** @type {HTMLElement} */ (player.querySelector("[data-slide-track]"));
  /** @type {Axis | null} */
  let axis = null;
  const draw = () => {
    if (!axis) return;
    drawLanes(lanes, axis.lanes, durationMs);
    drawCover(cover, axis.covered, durationMs);
  };
  const load = async () => {
    const answer = await fetch(player.dataset.axisUrl ?? "").catch(() => null);
    if (!answer?.ok || !player.isConnected) return;
    axis = /** @type {Axis} */ (await answer.json());
    showChapters(chapters, axis.chapters, durationMs);
    showSlides(slides, axis.slides, durationMs);
    draw();
  };
  new ResizeObserver(draw).observe(lanes);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  listen("changed", ({ what }) => {
    if (/segments|speakers|notes|slides/.test(what)) load();
  });
  load();
}

/** @param {HTMLCanvasElement} canvas @param {number} heightPx @returns {CanvasRenderingContext2D} a clean sheet, in CSS pixels */
function prepare(canvas, heightPx) {
  const scale = window.devicePixelRatio || 1;
  canvas.style.blockSize = `${heightPx}px`;
  canvas.width = Math.round(canvas.clientWidth * scale);
  canvas.height = Math.round(heightPx * scale);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  return pen;
}

/** @param {HTMLCanvasElement} canvas @param {Lane[]} lanes @param {number} durationMs */
function drawLanes(canvas, lanes, durationMs) {
  const thin = lanes.length > MAX_LANES_TALL;
  const barPx = thin ? 4 : LANE_PX;
  const stepPx = barPx + (thin ? 2 : LANE_GAP_PX);
  const pen = prepare(canvas, Math.max(1, lanes.length) * stepPx + 2);
  const width = canvas.clientWidth;
  const line = resolveColour(canvas, "--line");
  lanes.forEach(({ colour, bars }, index) => {
    const top = index * stepPx + 2;
    pen.fillStyle = line;
    pen.fillRect(0, top + barPx / 2, width, 1);
    pen.fillStyle = resolveColour(canvas, colour === null ? "--muted" : `--c${colour}`);
    for (const [startMs, endMs] of bars) {
      const left = (startMs / durationMs) * width;
      pen.fillRect(left, top, Math.max(MIN_BAR_PX, (endMs / durationMs) * width - left), barPx);
    }
  });
}

/** @param {HTMLCanvasElement} canvas @param {[number, number][] | null} covered @param {number} durationMs */
function drawCover(canvas, covered, durationMs) {
  const pen = prepare(canvas, COVER_PX);
  if (!covered) return;
  const width = canvas.clientWidth;
  pen.fillStyle = resolveColour(canvas, "--line");
  pen.fillRect(0, 0, width, COVER_PX);
  pen.fillStyle = resolveColour(canvas, "--cover");
  for (const [startMs, endMs] of covered) {
    const left = (startMs / durationMs) * width;
    pen.fillRect(left, 0, ((endMs - startMs) / durationMs) * width, COVER_PX);
  }
}

/** @param {HTMLElement} place @param {[number, string][]} chapters @param {number} durationMs */
function showChapters(place, chapters, durationMs) {
  place.replaceChildren(
    ...chapters.map(([startMs, title], index) => {
      const endMs = chapters[index + 1]?.[0] ?? durationMs;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = title;
      button.title = `${clock(startMs)} ${title}`;
      button.style.insetInlineStart = `${(startMs / durationMs) * 100}%`;
      button.style.maxInlineSize = `${(Math.max(0, endMs - startMs) / durationMs) * 100}%`;
      button.addEventListener("click", () => send("seek", { ms: startMs, play: true }));
      return button;
    }),
  );
}
