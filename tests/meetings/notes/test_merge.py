"""Lines that say the same become one."""

from meetings.notes.items import DraftItem
from meetings.notes.merge import drop_overtaken, merge_items


def make(text: str, *rows: int, kind: str = "action", **fields) -> DraftItem:
    return DraftItem(kind=kind, text=text, segment_ids=rows, position_ms=rows[0], **fields)


def merge(*items: DraftItem) -> list[DraftItem]:
    return merge_items(items, language="en")


def test_the_same_with_other_endings():
    (item,) = merge(
        make("Reschedule the newsletter", 1, 2),
        make("Rescheduling of the newsletter", 2, 3, due_on="2026-01-02"),
    )
    assert item.segment_ids == (1, 2, 3)
    assert item.due_on == "2026-01-02"


def test_the_stronger_one_keeps_its_words():
    (item,) = merge(
        make("Send the mock to legal", 1, strength=2), make("Send the new mock to legal", 1, strength=3)
    )
    assert item.text == "Send the new mock to legal"


def test_two_owners_are_two_items():
    assert (
        len(
            merge(
                make("Write the report", 1, owner_name="Ann"), make("Write the report", 1, owner_name="Ben")
            )
        )
        == 2
    )


def test_two_kinds_are_two_items():
    assert (
        len(merge(make("Drop the starter tier", 1, kind="decision"), make("Drop the starter tier", 1))) == 2
    )


def test_likeness_far_apart_must_be_greater():
    left, right = "Send the budget table to the board", "Send the budget table to finance"
    assert len(merge(make(left, 1), make(right, 90))) == 2


def test_a_point_about_what_was_settled_otherwise_goes():
    decision = make("The launch moves to December 15th", 3, kind="decision")
    old = make("The plan says launch on December 8th", 1, kind="point")
    other = make("Support has 3 people from the 20th", 2, kind="point")
    assert drop_overtaken([old, other, decision], language="en") == [other, decision]
    assert drop_overtaken([old, other], language="en") == [old, other]
