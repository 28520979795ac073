import wave

import numpy as np
import pytest

from meetings.pieces import FIRST_MS, LATER_MS, Piece, cut_pieces, find_quiet

pytestmark = pytest.mark.django_db


def test_pieces_have_no_gap_and_the_first_is_short(bare, with_sound):
    from meetings.storage import local_path

    with_sound(bare, 400)
    with local_path(bare.recording.audio_key) as audio:
        pieces = list(cut_pieces(audio))
        whole = np.concatenate([piece.samples for piece in pieces])
        assert len(whole) == 400 * 16_000
        assert [piece.start_ms for piece in pieces[1:]] == [piece.end_ms for piece in pieces[:-1]]
        assert FIRST_MS[0] <= pieces[0].duration_ms <= FIRST_MS[1]
        assert all(LATER_MS[0] <= piece.duration_ms <= LATER_MS[1] for piece in pieces[1:-1])
        # Every cut lies in silence.
        assert all(abs(int(piece.samples[-1])) < 50 for piece in pieces[:-1])
        resumed = list(cut_pieces(audio, start_ms=123_456))
        assert resumed[0].start_ms == 123_456
        assert np.array_equal(np.concatenate([piece.samples for piece in resumed]), whole[123_456 * 16 :])


def test_quiet_is_found_between_limits():
    samples = np.full(16_000 * 10, 5000, dtype=np.int16)
    samples[16_000 * 6 : 16_000 * 6 + 8_000] = 0
    cut = find_quiet(samples, after=16_000 * 3, before=16_000 * 9)
    assert 16_000 * 6 < cut < 16_000 * 6.5 and cut % 16 == 0
    assert find_quiet(np.zeros(16_000, dtype=np.int16), after=0, before=16_000) > 12_000


def test_to_wav_is_16_bit_mono():
    piece = Piece(start_ms=0, samples=np.arange(160, dtype=np.int16))
    with wave.open(piece.to_wav()) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getnframes()) == (1, 16_000, 160)
    assert piece.end_ms == 10
