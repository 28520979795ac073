// @ts-check
/** An address with `?t=` (milliseconds) opens the meeting at that moment and plays from there, where the browser lets it. */
import { behaviour } from "./attach.js";
import { send } from "./events.js";

behaviour("[data-player]", () => {
  const at = new URLSearchParams(location.search).get("t");
  if (at && /^\d{1,9}$/.test(at)) send("seek", { ms: Number(at), play: true });
});
