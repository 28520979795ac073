"""A sentence of the summary says what its points say."""

from meetings.notes.items import DraftItem
from meetings.notes.summarise import cut_comment

POINT = DraftItem(kind="point", text="The profit aim is 50 million euro", segment_ids=(1,), position_ms=0)


def test_a_comment_that_nobody_made_is_cut():
    text = "The profit aim is 50 million euro, which is critical for the company's success"
    assert cut_comment(text, [POINT], language="en") == POINT.text


def test_what_the_points_say_stays():
    text = "There is an aim, which is 50 million euro"
    assert cut_comment(text, [POINT], language="en") == text
    assert cut_comment("A plain sentence", [POINT], language="en") == "A plain sentence"
