"""The single-host model server: speech recognition, speakers, chat and sentence vectors behind OpenAI's HTTP paths.

It is a program of its own. Nothing in it knows of meetings, users or databases.
"""

import os

# Before any of the libraries is loaded. Compute threads that wait must sleep, not spin: llama.cpp meets at some 400 barriers a
# token, and on 2 cores that others use as well spinning costs nine tenths of the speed (Qwen 0.5B at a load of 10: 0.3 tokens/s
# spinning, 6.3 sleeping).
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# A short spin before sleeping: the next barrier is mostly microseconds away. On a quiet machine of 2 cores 300,000 turns (under a
# millisecond) read a prompt in 8.2 s that takes 13.2 s without a spin and 23.2 s with endless spinning.
os.environ.setdefault("GOMP_SPINCOUNT", "300000")
# numpy's OpenBLAS was seen to wait for ever for a worker thread that had gone to sleep (exec_blas, numpy 2.4.6, on a busy machine).
# Its products here are small; the models have threads of their own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# A failed assertion in ggml would start a debugger that prints memory.
os.environ.setdefault("GGML_NO_BACKTRACE", "1")
