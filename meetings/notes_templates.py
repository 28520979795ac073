"""Which sections notes have, how long they are, in which language, and what their owner wishes: ready templates, and people's own."""

from collections.abc import Iterable
from dataclasses import dataclass

from .models import Meeting, NotesTemplate, User

SECTIONS = {
    "summary": "Summary",
    "action": "Action items",
    "decision": "Decisions",
    "point": "Points of the topics",
    "question": "Open questions",
    "risk": "Risks",
}
_OWN = "own-"


@dataclass(frozen=True, kw_only=True)
class Template:
    """`key` is what a meeting and a series remember."""

    key: str
    name: str
    sections: tuple[str, ...] = tuple(SECTIONS)
    length: str = NotesTemplate.Length.NORMAL
    language: str = ""
    instructions: str = ""

    @property
    def section_names(self) -> list[str]:
        return [name for section, name in SECTIONS.items() if section in self.sections]


GENERAL = Template(key="general", name="General")
READY = {
    template.key: template
    for template in (
        GENERAL,
        Template(
            key="standup",
            name="Stand-up",
            sections=("action", "point", "question", "risk"),
            length=NotesTemplate.Length.SHORT,
            instructions="Say for each person what they did, what they do next, and what stops them.",
        ),
        Template(
            key="one_to_one",
            name="One-to-one",
            sections=("summary", "action", "decision", "question"),
            length=NotesTemplate.Length.SHORT,
            instructions="Leave out remarks about people who are not there.",
        ),
        Template(
            key="interview",
            name="Interview",
            sections=("summary", "point", "question"),
            length=NotesTemplate.Length.LONG,
            instructions="Say what the person who is interviewed answered.",
        ),
        Template(
            key="customer_call",
            name="Customer call",
            instructions="Say what the customer needs, what they object to, and what they were promised.",
        ),
        Template(
            key="board",
            name="Board minutes",
            sections=("summary", "action", "decision", "point"),
            length=NotesTemplate.Length.LONG,
            instructions="Write formal minutes: what was moved, what was resolved, and by whom.",
        ),
    )
}


def find_template(meeting: Meeting) -> Template:
    """The meeting's, else its series', else the general one; also when the one that was chosen is gone. At most two queries."""
    keys = [meeting.notes_template, meeting.series.notes_template if meeting.series else ""]
    found = (find_by_key(key) for key in keys if key)
    return next((template for template in found if template), GENERAL)


def find_by_key(key: str) -> Template | None:
    if key in READY:
        return READY[key]
    number = key.removeprefix(_OWN)
    if number == key or not (number.isascii() and number.isdigit()):
        return None
    row = NotesTemplate.objects.filter(pk=int(number)).first()
    return read_own(row) if row else None


def read_own(row: NotesTemplate) -> Template:
    sections = tuple(section for section in SECTIONS if section in row.sections)
    return Template(
        key=f"{_OWN}{row.pk}",
        name=row.name,
        sections=sections,
        length=row.length,
        language=row.language,
        instructions=row.instructions,
    )


def list_templates(user: User) -> list[Template]:
    """The ready ones, then this person's own."""
    return [*READY.values(), *map(read_own, NotesTemplate.objects.filter(owner=user))]


def list_choices(user: User, *, chosen: Iterable[str] = ()) -> list[tuple[str, str]]:
    """For a menu; what somebody else chose of their own stays choosable where it was chosen."""
    templates = {template.key: template for template in list_templates(user)}
    for key in chosen:
        if key not in templates and (other := find_by_key(key)):
            templates[key] = other
    return [(template.key, template.name) for template in templates.values()]
