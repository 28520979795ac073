"""What is known to go wrong with a large model behind llama.cpp, and the test that would notice. Each was met once, or was read in llama.cpp's and
llama-cpp-python's sources; a trap without a test comes back.

This file only keeps the list honest: every test named here must exist.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS_DIR = Path(__file__).parents[1]

TRAPS = {
    # memory and settings
    "swa_full and no flash attention: 10 GiB of cache": "inference/chat/test_native.py::test_flash_attention_and_no_full_window",
    "sliding layers keep more than their window": "inference/chat/test_native.py::test_sliding_layers_keep_their_window_only",
    "n_batch above n_ubatch: a picture aborts the process": "inference/chat/test_native.py::test_one_computation_is_one_batch",
    "a picture larger than one computation is cut": "inference/chat/test_media.py::test_a_picture_has_no_more_places_than_one_piece_takes",
    "pieces of a prompt cut a picture": "inference/chat/test_media.py::test_pieces_do_not_cut_a_picture",
    "a mapped file beside the repacked weights": "inference/chat/test_native.py::test_the_file_does_not_stay_mapped",
    "logits of every token: 32 GiB": "inference/chat/test_native.py::test_logits_of_the_last_token_only",
    "a snapshot holds all logits: 537 MB": "inference/chat/test_native.py::test_a_snapshot_holds_the_state_and_no_logits",
    # wrong answers that nobody notices
    "a rewind behind the window": "inference/chat/test_engine.py::test_reused_prefixes_give_the_same_text",
    "the same, with a picture": "inference/chat/test_media.py::test_window_and_pictures_together",
    "the same, where layers share a cache": "inference/chat/test_small_gemma.py::test_reused_prefixes_give_the_same_text",
    "the cache is forgotten on every call with media": "inference/chat/test_media.py::test_the_second_question_about_a_sound_does_not_hear_it_again",
    "places of media have no number of their own": "inference/chat/test_media.py::test_another_sound_of_the_same_length_is_not_mistaken",
    "suppressed tokens are sampled": "inference/chat/test_engine.py::test_suppressed_tokens_are_not_sampled",
    "a penalty nobody asked for": "inference/chat/test_sampling.py::test_temperature_zero_takes_the_most_probable",
    "a schema is ignored, or replaced by any JSON": "inference/chat/test_schema.py::test_refuses_what_it_cannot_honour",
    "thinking under a grammar": "inference/chat/test_thoughts.py::test_thinking_and_a_given_form_exclude_each_other",
    "a grammar over the whole vocabulary at every token": "inference/chat/test_sampling.py::test_grammar_is_asked_about_one_token_when_it_agrees",
    "an answer cut off in its JSON": "inference/chat/test_engine.py::test_max_tokens",
    "a system message in parts is printed as Python would": "inference/chat/test_thoughts.py::test_a_system_message_in_parts_reaches_the_template_as_a_string",
    "old thoughts go back into the prompt": "inference/chat/test_prompt.py::test_old_thoughts_are_left_out",
    "calls of tools are left in the text": "contract/test_openai_client_chat.py::test_a_tool_the_model_calls_by_itself",
    "sound is read other than libmtmd reads it": "inference/chat/test_media.py::test_it_computes_what_libmtmd_computes",
    "sound of over 15 s is heard as fragments": "inference/speech/test_native.py::test_the_gate_looks_at_each_window",
    "sound of over 30 s in a chat": "inference/routes/test_chat_media.py::test_sound_of_more_than_half_a_minute_is_whisper_s",
    "the model answers the sound instead of writing it down": "inference/speech/test_gate.py::test_does_not",
    "drafting changes what is written": "inference/chat/test_drafter.py::test_the_same_is_written_with_and_without",
    "drafting after sound": "inference/chat/test_drafter.py::test_after_an_audio_prompt_too",
    "what was guessed wrongly stays in the cache": "inference/chat/test_drafter.py::test_what_was_guessed_wrongly_is_not_found_by_the_next_prompt",
    # people's words as commands
    "control tokens in a transcript": "inference/chat/test_prompt.py::test_control_tokens_in_texts_stay_text",
    "user-defined marks in a transcript": "inference/chat/test_calls.py::test_marks_in_what_people_wrote_are_letters",
    "marks in the description of a tool": "inference/chat/test_prompt.py::test_control_tokens_in_tools_are_broken_up",
    "libmtmd's marker in a transcript": "inference/chat/test_media.py::test_libmtmd_s_marker_in_a_text_is_text",
    "any address is opened as a picture": "inference/routes/test_chat_media.py::test_refused",
    "bytes that are no picture go to a video decoder": "inference/vision/test_images.py::test_the_first_bytes_count_and_not_a_name",
    # time
    "the template is compiled on every call": "inference/chat/test_prompt.py::test_the_template_is_compiled_once",
    "all output is turned into text for each token": "inference/chat/test_text.py::test_character_split_over_tokens_is_sent_whole",
    "a batch job keeps the lock until it is done": "inference/test_scheduler.py::test_live_work_is_served_between_two_pieces_of_batch_work",
    "a computation that was stopped leaves half a cache": "inference/test_interrupt.py::test_a_stopped_computation_leaves_the_cache_as_it_was",
    "too long a prompt is refused after it was read": "inference/chat/test_engine.py::test_what_does_not_fit_is_refused_before_any_work",
    "too long a sound, likewise": "inference/chat/test_media.py::test_too_long_a_sound_is_refused_before_it_is_heard",
    # the process
    "two requests in one context at once": "inference/chat/test_engine.py::test_interleaved_requests_do_not_disturb_each_other",
    "an abort kills the process": "faults/test_model_crash.py::test_a_crash_in_the_middle_of_an_answer",
    "an abort starts gdb": "inference/chat/test_native.py::test_an_abort_starts_no_debugger",
    "prompts on stderr": "inference/chat/test_media.py::test_nothing_of_it_is_printed",
    "a damaged model file": "inference/chat/test_engine.py::test_damaged_file",
    "a damaged projector": "inference/chat/test_media.py::test_a_damaged_projector",
}


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_has_its_test(trap: str):
    path, name = TRAPS[trap].split("::")
    tree = ast.parse((TESTS_DIR / path).read_text("utf-8"))
    functions = {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert name in functions
