from __future__ import annotations

import numpy as np

from inference.bench.sounds import make_quiet_sounds


def test_each_sound_is_as_long_as_wanted_and_the_same_every_time():
    sounds, again = make_quiet_sounds(2.0), make_quiet_sounds(2.0)
    assert set(sounds) == {"silence", "room", "music", "keyboard"}
    for name, sound in sounds.items():
        assert sound.shape == (32_000,)
        assert sound.dtype == np.int16
        assert np.array_equal(sound, again[name])


def test_only_silence_is_silent_and_nothing_is_clipped():
    peaks = {name: int(np.abs(sound.astype(int)).max()) for name, sound in make_quiet_sounds(5.0).items()}
    assert peaks["silence"] == 0
    assert 0 < peaks["room"] < 400
    assert 5_000 < peaks["music"] < 32_767
    assert 2_000 < peaks["keyboard"] < 32_767
