"""Sequence numbers, sizes and speed, without a socket."""

import pytest

from meetings.live.protocol import FRAME_BYTES, BadFrame, FrameGap, TakeTooLong, TooFast, make_message
from meetings.live.session import LiveSession


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def make_session(**values) -> LiveSession:
    return LiveSession(**{"channels": 1, "next_frame": 0, "max_frames": 10**6, "clock": Clock()} | values)


def frames(first: int, count: int, *, channels: int = 1) -> bytes:
    """Frame n is filled with n."""
    return b"".join(bytes([n % 256]) * (FRAME_BYTES * channels) for n in range(first, first + count))


@pytest.mark.parametrize("channels", [1, 2])
def test_frames_in_order(channels):
    session = make_session(channels=channels)
    for first in (0, 3, 5):
        count = 3 if first == 0 else 2
        session.take(make_message(first, frames(first, count, channels=channels)))
    assert session.next_frame == 7
    assert session.drain() == frames(0, 7, channels=channels)
    assert session.drain() == b"" and session.pending_bytes == 0


def test_what_is_there_already_is_left_out():
    session = make_session()
    session.take(make_message(0, frames(0, 4)))
    assert session.take(make_message(0, frames(0, 4))) == b""
    assert session.take(make_message(2, frames(2, 4))) == frames(4, 2)
    assert session.drain() == frames(0, 6)


def test_a_gap_is_refused_and_nothing_of_it_taken():
    session = make_session(next_frame=10)
    with pytest.raises(FrameGap) as caught:
        session.take(make_message(11, frames(11, 1)))
    assert caught.value.retryable
    session.take(make_message(10, frames(10, 1)))
    assert session.drain() == frames(10, 1)


@pytest.mark.parametrize("size", [0, 3, 4, 4 + 639, 4 + 641, 4 + 640 * 51])
def test_wrong_sizes(size):
    session = make_session()
    with pytest.raises(BadFrame):
        session.take(bytes(size))
    assert session.next_frame == 0


def test_a_frame_of_one_channel_is_too_small_for_two():
    with pytest.raises(BadFrame):
        make_session(channels=2).take(make_message(0, bytes(FRAME_BYTES)))


def test_faster_than_ten_times_real_time():
    clock = Clock()
    session = make_session(clock=clock)
    for second in range(30):
        session.take(make_message(second * 50, frames(0, 50)))
    with pytest.raises(TooFast):
        session.take(make_message(1500, frames(0, 1)))
    clock.now_s = 1.0
    for second in range(30, 40):
        session.take(make_message(second * 50, frames(0, 50)))
    with pytest.raises(TooFast):
        session.take(make_message(2000, frames(0, 1)))


def test_sending_the_same_again_and_again_counts():
    session = make_session()
    with pytest.raises(TooFast):
        for _ in range(100):
            session.take(make_message(0, frames(0, 50)))


def test_a_day_at_real_time_is_never_too_fast():
    clock = Clock()
    session = make_session(clock=clock, max_frames=10**9)
    for second in range(3600):
        clock.now_s = float(second)
        session.take(make_message(second * 50, frames(0, 50)))
        session.drain()


def test_the_longest_take():
    session = make_session(max_frames=10)
    session.take(make_message(0, frames(0, 10)))
    with pytest.raises(TakeTooLong):
        session.take(make_message(10, frames(10, 1)))
