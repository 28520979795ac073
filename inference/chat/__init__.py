"""The chat model: llama.cpp through the low-level calls of llama-cpp-python.

The library's own `create_chat_completion` is not used: it reads every prompt from the start, cannot be interrupted or
interleaved, ignores `json_schema`, and turns control tokens that stand in somebody's text into real ones.

    routes/chat.py ── ChatRequest ──▶ engine ── prompt (template) ── prefix (what is in the KV cache already)
                                        │           └ native (the only module that calls llama.cpp)
                                        └──▶ sampling + grammar (schema) ── text (UTF-8, stop, loops) ──▶ ChatPiece
"""
