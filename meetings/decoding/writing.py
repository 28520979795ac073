"""The files that are made from the sound. Runs in the child process only; memory stays bounded however long it is."""

import json
import queue
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SPEECH_RATE_HZ = 16_000
# Waveform: 50 pixels a second at first; halved whenever there are more than MAX_PIXELS, so the file stays below 300 kB.
FIRST_SAMPLES_PER_PIXEL = SPEECH_RATE_HZ // 50
MAX_PIXELS = 24_000


class Peaks:
    """Smallest and largest sample of each pixel, as 8-bit numbers; halves its resolution instead of growing."""

    def __init__(self) -> None:
        self.samples_per_pixel = FIRST_SAMPLES_PER_PIXEL
        self.largest = 0.0
        self._samples = 0
        self._pairs: list[tuple[int, int]] = []
        self._rest = np.zeros(0, dtype=np.int16)

    def add(self, samples: np.ndarray) -> None:
        """`samples`: int16, shape (n,)."""
        self._samples += len(samples)
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // self.samples_per_pixel * self.samples_per_pixel
        self._take(samples[:whole].reshape(-1, self.samples_per_pixel))
        self._rest = samples[whole:]
        while len(self._pairs) > MAX_PIXELS:
            self._halve()

    def _take(self, pixels: np.ndarray) -> None:
        if not pixels.size:
            return
        low, high = pixels.min(axis=1), pixels.max(axis=1)
        self.largest = max(self.largest, -int(low.min()) / 32768, int(high.max()) / 32768)
        # Floor division would make the quietest noise -1.
        self._pairs += zip((low / 256).astype(int).tolist(), (high / 256).astype(int).tolist(), strict=True)

    def _halve(self) -> None:
        if len(self._pairs) % 2:
            self._pairs.append((0, 0))
        twos = zip(self._pairs[::2], self._pairs[1::2], strict=True)
        self._pairs = [(min(a[0], b[0]), max(a[1], b[1])) for a, b in twos]
        self.samples_per_pixel *= 2

    def write(self, path: Path) -> None:
        """`{"duration_ms", "peaks": [[min, max, min, max, …]]}`: what wavesurfer's `peaks` takes, one channel, -1 … 1, two decimals."""
        if len(self._rest):
            self._take(self._rest.reshape(1, -1))
        values = [round(value / 128, 2) for pair in self._pairs for value in pair]
        content = {"duration_ms": self._samples * 1000 // SPEECH_RATE_HZ, "peaks": [values]}
        path.write_text(json.dumps(content, separators=(",", ":")))


class Resampler:
    """Mono frames of one format, rate and size from whatever comes, also when that changes in the middle."""

    def __init__(self, *, sample_format: str, rate_hz: int, frame_size: int) -> None:
        # Many small frames would cost more than the work in them.
        self._target = {"format": sample_format, "layout": "mono", "rate": rate_hz, "frame_size": frame_size}
        self._resampler: av.AudioResampler | None = None
        self._source: tuple = ()

    def add(self, frame: av.AudioFrame) -> Iterator[av.AudioFrame]:
        source = (frame.format.name, frame.layout.name, frame.sample_rate)
        if source != self._source:
            yield from self.finish()
            self._resampler, self._source = av.AudioResampler(**self._target), source
        yield from self._resampler.resample(frame)

    def finish(self) -> Iterator[av.AudioFrame]:
        if self._resampler is not None:
            yield from self._resampler.resample(None)
            self._resampler = None


class Track:
    """One output file with one mono stream."""

    def __init__(
        self, path: Path, *, container: str, codec: str, rate_hz: int, options: dict, bit_rate: int = 0
    ) -> None:
        flags = {"movflags": "+faststart"} if container == "mp4" else {}
        self._output = av.open(str(path), "w", format=container, options=flags)
        self._stream = self._output.add_stream(codec, rate=rate_hz, layout="mono", options=options)
        if bit_rate:
            self._stream.bit_rate = bit_rate
        self._time_base = Fraction(1, rate_hz)
        self._samples = 0

    def add(self, frame: av.AudioFrame) -> None:
        # Times are counted, not believed: gaps and jumps in the source would tear the sound and the transcript apart.
        frame.pts, frame.time_base = self._samples, self._time_base
        self._samples += frame.samples
        self._output.mux(self._stream.encode(frame))

    def finish(self) -> None:
        self._output.mux(self._stream.encode(None))
        self._output.close()


class SpeechFile:
    """`audio.flac` and its waveform: 16 kHz, mono, 16 bit."""

    def __init__(self, path: Path) -> None:
        self._resampler = Resampler(sample_format="s16", rate_hz=SPEECH_RATE_HZ, frame_size=4096)
        self._track = Track(path, container="flac", codec="flac", rate_hz=SPEECH_RATE_HZ, options={})
        self.peaks = Peaks()
        self.samples = 0

    def add(self, frame: av.AudioFrame) -> None:
        self._write(self._resampler.add(frame))

    def finish(self) -> None:
        self._write(self._resampler.finish())
        self._track.finish()

    def _write(self, frames: Iterator[av.AudioFrame]) -> None:
        for frame in frames:
            self.peaks.add(frame.to_ndarray().reshape(-1))
            self.samples += frame.samples
            self._track.add(frame)


class PlaybackFile(threading.Thread):
    """`playback.m4a`, encoded in a thread: AAC costs more than everything else together. The queue keeps memory bounded."""

    def __init__(self, path: Path, *, source_rate_hz: int) -> None:
        super().__init__(daemon=True)
        # 24 kHz holds all of speech; the fast coder, at this bit rate, sounds the same for it. Together a third of the usual cost.
        rate_hz, bit_rate = (16_000, 32_000) if source_rate_hz <= 16_000 else (24_000, 48_000)
        self._resampler = Resampler(sample_format="fltp", rate_hz=rate_hz, frame_size=1024)
        self._track = Track(
            path,
            container="mp4",
            codec="aac",
            rate_hz=rate_hz,
            options={"aac_coder": "fast"},
            bit_rate=bit_rate,
        )
        self._frames: queue.Queue = queue.Queue(maxsize=64)
        self._error: Exception | None = None
        self.start()

    def run(self) -> None:
        while (frame := self._frames.get()) is not None:
            if self._error is None:
                try:
                    self._track.add(frame)
                except Exception as error:
                    self._error = error

    def add(self, frame: av.AudioFrame) -> None:
        """Raises what went wrong in the thread."""
        # Resampled here: a decoded frame is not safe in two threads.
        for resampled in self._resampler.add(frame):
            self._put(resampled)

    def finish(self) -> None:
        for resampled in self._resampler.finish():
            self._put(resampled)
        self._frames.put(None)
        self.join()
        if self._error is not None:
            raise self._error
        self._track.finish()

    def _put(self, frame: av.AudioFrame) -> None:
        if self._error is not None:
            raise self._error
        self._frames.put(frame)
