// @ts-check
/// <reference lib="webworker" />
/* global AudioWorkletProcessor, registerProcessor, sampleRate */
/** Sound → Int16 frames of 20 ms at 16 kHz, five a message, channels interleaved. */

const RATE = 16000;
const BATCH_SAMPLES = 320 * 5;
// Half width of the low-pass in samples of the slower rate.
const TAPS = 12;

class Frames extends AudioWorkletProcessor {
  /** @param {any} options */
  constructor(options) {
    super();
    this.channels = options.processorOptions.channels;
    this.ratio = sampleRate / RATE;
    this.batch = new Int16Array(BATCH_SAMPLES * this.channels);
    this.filled = 0;
    this.peak = 0;
    this.isPaused = true;
    /** Samples that the next output still needs, for each channel. */
    this.waiting = Array.from({ length: this.channels }, () => new Float32Array(0));
    this.position = 0;
    this.port.onmessage = ({ data }) => {
      this.isPaused = data === "pause" || data === "flush";
      if (this.isPaused) this.flush();
      if (data === "flush") this.port.postMessage({ flushed: true });
    };
  }

  /** The rest, filled up to a whole frame with silence. */
  flush() {
    if (!this.filled) return;
    const frames = Math.ceil(this.filled / 320);
    this.batch.fill(0, this.filled * this.channels);
    this.send(frames);
  }

  /** @param {number} frames */
  send(frames) {
    const data = this.batch.slice(0, frames * 320 * this.channels).buffer;
    this.port.postMessage({ data, count: frames, peak: this.peak }, [data]);
    this.filled = 0;
    this.peak = 0;
  }

  /** Windowed sinc at time `at`. @param {Float32Array} samples @param {number} at */
  interpolate(samples, at) {
    const width = TAPS * this.ratio;
    let sum = 0;
    let weights = 0;
    const last = Math.min(samples.length - 1, Math.floor(at + width));
    for (let i = Math.max(0, Math.ceil(at - width)); i <= last; i++) {
      const x = (i - at) / this.ratio;
      const weight = (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)) * (0.5 + 0.5 * Math.cos((Math.PI * x) / TAPS));
      sum += samples[i] * weight;
      weights += weight;
    }
    return sum / weights;
  }

  /** @param {Float32Array[]} inputs one a channel */
  resample(inputs) {
    if (this.ratio === 1) return inputs;
    const width = Math.ceil(TAPS * this.ratio);
    let start = this.position;
    const outputs = inputs.map((input, channel) => {
      const samples = new Float32Array(this.waiting[channel].length + input.length);
      samples.set(this.waiting[channel]);
      samples.set(input, this.waiting[channel].length);
      const output = [];
      let at = this.position;
      for (; at + width < samples.length; at += this.ratio) output.push(this.interpolate(samples, at));
      const used = Math.max(0, Math.floor(at) - width);
      this.waiting[channel] = samples.slice(used);
      start = at - used;
      return Float32Array.from(output);
    });
    this.position = start;
    return outputs;
  }

  /** @param {Float32Array[][]} inputs */
  process([input]) {
    if (!input.length) return true;
    const level = input.reduce((peak, samples) => samples.reduce((most, x) => Math.max(most, Math.abs(x)), peak), 0);
    this.peak = Math.max(this.peak, level);
    if (this.isPaused) {
      this.filled = 0;
      this.meter();
      return true;
    }
    const outputs = this.resample(Array.from({ length: this.channels }, (_, i) => input[i] ?? input[0]));
    for (let i = 0; i < outputs[0].length; i++) {
      for (let channel = 0; channel < this.channels; channel++) {
        const sample = Math.max(-1, Math.min(1, outputs[channel][i]));
        this.batch[this.filled * this.channels + channel] = Math.round(sample * 32767);
      }
      if (++this.filled === BATCH_SAMPLES) this.send(5);
    }
    return true;
  }

  /** Ten times a second while nothing is recorded. */
  meter() {
    this.quanta = (this.quanta ?? 0) + 1;
    if (this.quanta * 128 < sampleRate / 10) return;
    this.port.postMessage({ peak: this.peak });
    this.quanta = 0;
    this.peak = 0;
  }
}

registerProcessor("frames", Frames);
