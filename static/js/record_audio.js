// @ts-check
/** Microphone, and the sound of a shared tab or screen, as numbered frames. */

/** @typedef {{data?: ArrayBuffer, count?: number, peak?: number, flushed?: boolean}} FromWorklet */

/** @typedef {{echo: boolean, noise: boolean}} Cleaning what the browser takes away */

// What takes away an echo would take away people: the other side is in the microphone as well.
const AS_IT_COMES = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** @param {unknown} error what getUserMedia or getDisplayMedia threw */
export function explainMedia(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return "The browser was not allowed to listen. Allow the microphone for this site, then try again.";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "No microphone was found. Plug one in, or choose another.";
  if (name === "NotReadableError") return "The microphone is used by another program, or broke. Close that program or choose another microphone.";
  return "The browser could not open the sound. Load the page again.";
}

/** What this browser cannot do, in plain words. @returns {string[]} */
export function listLimits() {
  const limits = [];
  if (!window.isSecureContext) limits.push("Browsers record only over HTTPS or on localhost; this page is neither.");
  else if (!navigator.mediaDevices?.getUserMedia || !window.AudioWorkletNode) limits.push("This browser cannot record. Use a current Chrome, Edge, Firefox or Safari.");
  if (!navigator.mediaDevices?.getDisplayMedia) limits.push("This browser cannot share the sound of a tab or screen; the microphone works.");
  else if (!("chrome" in window)) limits.push("Firefox and Safari share no tab sound; the microphone works. Use Chrome or Edge for the other side of a call.");
  if (matchMedia("(pointer: coarse)").matches) limits.push("A locked phone stops the recording until it is unlocked. Keep the screen on.");
  return limits;
}

export class RecordAudio {
  /** @param {string} workletUrl @param {(message: FromWorklet) => void} onMessage @param {(text: string) => void} onTrouble */
  constructor(workletUrl, onMessage, onTrouble) {
    this.workletUrl = workletUrl;
    this.onMessage = onMessage;
    this.onTrouble = onTrouble;
    /** @type {MediaStream | null} */
    this.microphone = null;
    /** @type {MediaStream | null} */
    this.shared = null;
  }

  /** Open the microphone (or another one). @param {string} deviceId empty: the browser's choice @param {Cleaning} cleaning */
  async listen(deviceId, { echo, noise }) {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: {
        ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
        echoCancellation: echo,
        noiseSuppression: noise,
        autoGainControl: true,
      },
    });
    this.microphone?.getTracks().forEach((track) => track.stop());
    this.microphone = stream;
    stream.getAudioTracks()[0].addEventListener("ended", () => {
      this.onTrouble("The microphone is gone. Plug it in again or choose another one; the recording goes on when it is back.");
    });
    if (this.context) this.plug(stream, 0);
  }

  /** Unplugged, or taken away by the system. */
  get isMicrophoneGone() {
    return this.microphone?.getAudioTracks()[0]?.readyState === "ended";
  }

  /** The sound of a tab or screen, on the second channel. */
  async share() {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: AS_IT_COMES }).catch((error) => {
      if (error.name !== "NotAllowedError") throw error;
      throw new Error("Nothing was shared, so nothing was started. Choose a tab or screen, or leave “Also record the sound of a tab or screen” out.");
    });
    if (!stream.getAudioTracks().length) {
      stream.getTracks().forEach((track) => track.stop());
      throw new Error("What you shared has no sound. Choose a tab and tick “Also share tab audio”.");
    }
    this.shared = stream;
    stream.getAudioTracks()[0].addEventListener("ended", () => this.onTrouble("The shared sound has ended; the microphone goes on."));
  }

  /** Nothing is recorded after all. */
  unshare() {
    this.shared?.getTracks().forEach((track) => track.stop());
    this.shared = null;
  }

  /** Levels, but no frames before `resume`. @param {number} channels */
  async start(channels) {
    await this.context?.close();
    try {
      this.context = new AudioContext({ sampleRate: 16000 });
      await this.build(channels);
    } catch {
      // Firefox connects no microphone to a context of another rate; the worklet resamples.
      await this.context?.close();
      this.context = new AudioContext();
      await this.build(channels);
    }
    await this.context.resume();
  }

  /** @param {number} channels */
  async build(channels) {
    const context = /** @type {AudioContext} */ (this.context);
    await context.audioWorklet.addModule(this.workletUrl);
    this.merger = context.createChannelMerger(channels);
    this.node = new AudioWorkletNode(context, "frames", {
      channelCount: channels,
      channelCountMode: "explicit",
      channelInterpretation: "discrete",
      processorOptions: { channels },
    });
    this.node.port.onmessage = ({ data }) => this.onMessage(data);
    // Silent, but a node that leads nowhere may not run.
    this.merger.connect(this.node).connect(context.destination);
    /** @type {(AudioNode | undefined)[]} */
    this.plugs = [];
    if (this.microphone) this.plug(this.microphone, 0);
    if (this.shared && channels > 1) this.plug(this.shared, 1);
  }

  /** @param {MediaStream} stream @param {number} channel */
  plug(stream, channel) {
    const context = /** @type {AudioContext} */ (this.context);
    const mono = context.createGain();
    mono.channelCount = 1;
    mono.channelCountMode = "explicit";
    context.createMediaStreamSource(stream).connect(mono);
    mono.connect(/** @type {ChannelMergerNode} */ (this.merger), 0, channel);
    this.plugs?.[channel]?.disconnect();
    if (this.plugs) this.plugs[channel] = mono;
  }

  /** After the system had stopped it. */
  wake() {
    this.context?.resume();
  }

  resume() {
    this.wake();
    this.node?.port.postMessage("resume");
  }

  pause() {
    this.node?.port.postMessage("pause");
  }

  /** The last samples, then silence for ever. Resolves when they have come. @returns {Promise<void>} */
  end() {
    return new Promise((resolve) => {
      const { node, onMessage } = this;
      const finish = () => {
        for (const stream of [this.microphone, this.shared]) stream?.getTracks().forEach((track) => track.stop());
        this.context?.close();
        resolve();
      };
      if (!node) return finish();
      node.port.onmessage = ({ data }) => (data.flushed ? finish() : onMessage(data));
      node.port.postMessage("flush");
    });
  }
}
