"""Word times after an edit."""

import difflib


def align_words(words: list[dict], text: str, *, start_ms: int, end_ms: int) -> list[dict]:
    """Give every word of the new text a time: its old one where the word stayed, else an even share of the gap between its neighbours.

    `words` and the result: `[{"s": ms, "e": ms, "w": text, "p": 0..1}]`. A word a person typed has probability 1.
    """
    new = text.split()
    old = [word["w"].strip() for word in words]
    result: list[dict | None] = [None] * len(new)
    matcher = difflib.SequenceMatcher(
        a=[w.casefold() for w in old], b=[w.casefold() for w in new], autojunk=False
    )
    for block in matcher.get_matching_blocks():
        for i in range(block.size):
            result[block.b + i] = {**words[block.a + i], "w": new[block.b + i]}
    return _fill_gaps(result, new, start_ms=start_ms, end_ms=end_ms)


def _fill_gaps(result: list[dict | None], new: list[str], *, start_ms: int, end_ms: int) -> list[dict]:
    filled: list[dict] = []
    i = 0
    while i < len(new):
        if result[i] is not None:
            filled.append(result[i])
            i += 1
            continue
        j = i
        while j < len(new) and result[j] is None:
            j += 1
        left = filled[-1]["e"] if filled else start_ms
        right = max(left, result[j]["s"] if j < len(new) else end_ms)
        step = (right - left) / (j - i)
        for k in range(i, j):
            filled.append(
                {
                    "s": round(left + step * (k - i)),
                    "e": round(left + step * (k - i + 1)),
                    "w": new[k],
                    "p": 1.0,
                }
            )
        i = j
    return filled
