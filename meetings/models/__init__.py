"""Rows, constraints and state machines. Nothing here knows of requests, queues, bytes or models of the other kind."""

from .action_item import ActionItem
from .calendar import CalendarFeed
from .job import Job
from .labels import Mention, Series, Tag
from .line import Citation
from .live import OwnNote, Take
from .meeting import Attendee, Meeting, MeetingMember
from .notes import NoteItem, Notes, Topic
from .question import Answer, Question
from .recording import Recording
from .revision import LineRevision
from .search import MeetingVectors, SearchEntry, SearchState
from .setup import SetupCode
from .slide import Slide, SlideCitation
from .speaker_change import SpeakerChange
from .template import NotesRun, NotesTemplate
from .transcript import Segment, SegmentRevision, Speaker
from .upload import Upload
from .user import User
from .voice import VoiceMatch, VoiceProfile, VoiceSample

__all__ = [
    "ActionItem",
    "Answer",
    "Attendee",
    "CalendarFeed",
    "Citation",
    "Job",
    "LineRevision",
    "Meeting",
    "MeetingMember",
    "MeetingVectors",
    "Mention",
    "NoteItem",
    "Notes",
    "NotesRun",
    "NotesTemplate",
    "OwnNote",
    "Question",
    "Recording",
    "SearchEntry",
    "SearchState",
    "Segment",
    "SegmentRevision",
    "Series",
    "SetupCode",
    "Slide",
    "SlideCitation",
    "Speaker",
    "SpeakerChange",
    "Tag",
    "Take",
    "Topic",
    "Upload",
    "User",
    "VoiceMatch",
    "VoiceProfile",
    "VoiceSample",
]
