from __future__ import annotations

from inference.hardware import Gpu, describe_machine, parse_gpus, parse_instruction_sets, parse_processor

X86 = "processor\t: 0\nmodel name\t: Some CPU @ 2.0GHz\nflags\t\t: fpu sse2 fma f16c avx avx2\n\nprocessor\t: 1\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd asimddp i8mm\n"


def test_x86():
    assert parse_processor(X86) == "Some CPU @ 2.0GHz"
    assert parse_instruction_sets(X86) == ("avx", "avx2", "f16c", "fma")


def test_arm():
    assert parse_processor(ARM) is None
    assert parse_instruction_sets(ARM) == ("asimd", "asimddp", "i8mm")


def test_nothing_known():
    assert parse_processor("") is None
    assert parse_instruction_sets("") == ()


def test_gpus():
    assert parse_gpus("NVIDIA RTX 4060, 8188\nbroken\nCard, with comma, 12282\n") == (
        Gpu(name="NVIDIA RTX 4060", memory_mb=8188),
        Gpu(name="Card, with comma", memory_mb=12282),
    )


def test_this_machine():
    machine = describe_machine()
    assert machine.processor
    assert 1 <= machine.cores <= machine.logical_cores
    assert machine.memory_mb >= machine.memory_available_mb > 0
    assert machine.to_json()["system"]
