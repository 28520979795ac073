"""Opening a recording and decoding its sound, whatever is in it. Runs in the child process only."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

# Damaged packets in a row, without one good frame, after which the rest is taken for lost.
MAX_BAD_PACKETS = 2_000
# Demuxers of files that hold sound. Playlists and scripts (HLS, DASH, concat, SDP …) are left out: they open other files and addresses.
CONTAINERS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dts,eac3,flac,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpeg,mpegts,"
    "ogg,rm,tta,w64,wav,wv"
)


class Refused(Exception):
    """The recording cannot be used; `code` is one of those in docs/pipeline.md."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@contextlib.contextmanager
def open_source(path: Path) -> Iterator:
    """The opened container. Raises Refused: `empty_file`, `truncated_index`, `not_media`."""
    with path.open("rb") as head:
        magic = head.read(12)
    if not magic:
        raise Refused("empty_file")
    limits = {"protocol_whitelist": "file", "format_whitelist": CONTAINERS}
    try:
        container = av.open(str(path), options=limits, metadata_errors="ignore")
    except (av.error.FFmpegError, ValueError) as error:
        if isinstance(error, av.error.MemoryError):
            raise
        raise Refused("truncated_index" if magic[4:8] == b"ftyp" else "not_media") from error
    with container:
        yield container


def pick_stream(container):
    """The sound stream that libavformat takes for the best. Raises Refused: `no_audio` for a film, `not_media` for the rest."""
    stream = container.streams.best("audio")
    if stream is None:
        raise Refused("no_audio" if container.streams.video else "not_media")
    return stream


def is_picture(video) -> bool:
    """A cover in a sound file is listed as a video stream."""
    return bool(video.disposition & av.stream.Disposition.attached_pic)


def find_claimed_ms(container) -> int:
    """The length that the container claims; 0 when it says nothing. Only for the progress bar and the notice."""
    return max(0, int((container.duration or 0) / 1000))


def read_frames(container, stream) -> Iterator[av.AudioFrame]:
    """Every frame that can be decoded. Damaged packets are skipped; a file that breaks off ends where it breaks."""
    bad = 0
    while True:
        try:
            for packet in container.demux(stream):
                try:
                    for frame in packet.decode():
                        bad = 0
                        yield frame
                except av.error.FFmpegError:
                    bad += 1
                    if bad > MAX_BAD_PACKETS:
                        return
            return
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            bad += 1
            if bad > MAX_BAD_PACKETS:
                return


def mix_down(frame: av.AudioFrame) -> av.AudioFrame:
    """More than two channels become their mean: in a room with eight microphones none may count as "low frequency effects"."""
    if frame.layout.nb_channels <= 2:
        return frame
    values = read_channels(frame)
    mean = np.ascontiguousarray(values.mean(axis=0, dtype=np.float32).reshape(1, -1))
    mono = av.AudioFrame.from_ndarray(mean, format="fltp", layout="mono")
    mono.sample_rate = frame.sample_rate
    return mono


def read_channels(frame: av.AudioFrame) -> np.ndarray:
    """The samples in [-1, 1], shape (channels, n)."""
    values = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    if values.dtype == np.uint8:
        return (values.astype(np.float32) - 128) / 128
    if values.dtype.kind == "i":
        return values.astype(np.float32) / float(np.iinfo(values.dtype).max)
    return values
