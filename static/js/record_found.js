// @ts-check
/** Sound that lies in this browser's store while its recording is closed on the server: it was away for too long, or stopped from elsewhere. Offered as a
 * file, so that nothing is lost; what is not closed the page itself offers to go on with. */
import { behaviour } from "./attach.js";
import { clock } from "./format.js";
import { TakeStore } from "./record_store.js";

const FRAME_MS = 20;

behaviour("[data-record-found]", async (place) => {
  const open = (place.dataset.open ?? "").split(" ");
  for (const take of await TakeStore.listTakes().catch(() => [])) {
    if (open.includes(take.id) || String(take.user ?? "") !== place.dataset.user) continue;
    const store = await TakeStore.find(take.id);
    const frames = await store?.countFrames();
    if (store && frames) place.append(makeOffer(store, frames));
  }
});

/** @param {TakeStore} store @param {number} frames */
function makeOffer(store, frames) {
  const offer = document.createElement("div");
  offer.className = "record__found";
  const text = document.createElement("p");
  const title = document.createElement("b");
  title.textContent = store.take.title;
  text.append(title, ` is closed on the server; this browser has ${clock(frames * FRAME_MS)} of it that did not get there.`);
  const save = document.createElement("a");
  save.className = "btn";
  save.textContent = "Save it as a file";
  save.href = "#";
  save.addEventListener("click", async (event) => {
    if (save.download) return;
    event.preventDefault();
    const file = await store.makeWav(0);
    if (!file) return;
    save.href = URL.createObjectURL(file);
    save.download = "rest of the recording.wav";
    save.click();
  });
  const forget = document.createElement("button");
  forget.type = "button";
  forget.className = "btn quiet";
  forget.textContent = "Forget it";
  forget.addEventListener("click", async () => {
    await store.clear();
    offer.remove();
  });
  offer.append(text, save, forget);
  return offer;
}
