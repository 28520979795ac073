// @ts-check
/** The one entry: loads what the page needs. Each module is one behaviour and attaches itself by a `data-` attribute. */
import { start } from "./attach.js";
import "./captions.js";
import "./copy.js";
import "./dialog.js";
import "./done.js";
import "./keys.js";
import "./line_keys.js";
import "./line_order.js";
import "./lines.js";
import "./live.js";
import "./menu.js";
import "./player.js";
import "./open_at.js";
import "./record.js";
import "./record_found.js";
import "./seek.js";
import "./slide_crop.js";
import "./slide_viewer.js";
import "./slides.js";
import "./so_far.js";
import "./tabs.js";
import "./toasts.js";
import "./transcript.js";
import "./upload.js";

start();
