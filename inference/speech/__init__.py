"""Speech: decoding uploads, finding speech, writing it down, telling the voices apart."""
