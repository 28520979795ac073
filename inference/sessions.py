"""How onnxruntime is run here."""

from __future__ import annotations

import onnxruntime


def make_options(threads: int) -> onnxruntime.SessionOptions:
    """Threads that sleep between calls: the model server has other work for the cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
