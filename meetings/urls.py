"""Every address of the product. `/uploads/` is not here: the ASGI application takes it before Django (see `asgi.py`)."""

from django.urls import include, path

from .views import (
    action_items,
    export,
    files,
    home,
    jobs,
    meeting,
    meeting_changes,
    models_page,
    note_items,
    people,
    record,
    segments,
    set_up,
    speakers,
    voices,
)

# /meetings/<uuid>/
meeting_urls = [
    path("", meeting.meeting, name="meeting"),
    path("row/", home.meeting_row, name="meeting_row"),
    path("head/", meeting.head, name="meeting_head"),
    path("progress/", meeting.progress, name="meeting_progress"),
    path("notes/", meeting.notes, name="meeting_notes"),
    path("transcript/", meeting.transcript, name="meeting_transcript"),
    path("words/", meeting.words, name="meeting_words"),
    path("voices.json", voices.voices, name="meeting_voices"),
    path("lines/", voices.assign_lines, name="assign_lines"),
    path("player/", meeting.player, name="meeting_player"),
    path("axis.json", meeting.axis, name="meeting_axis"),
    path("details/", meeting_changes.details, name="meeting_details"),
    path("share/", meeting_changes.share, name="meeting_share"),
    path("review/", meeting_changes.review, name="meeting_review"),
    path("delete/", meeting_changes.delete, name="meeting_delete"),
    path("accept-all/", action_items.accept_all, name="accept_all"),
    path("export/minutebook.<str:suffix>", export.export, name="export"),
    path("media/", files.media, name="media"),
    path("live/", record.watch, name="watch"),
    path("original/", files.original, name="original"),
    path("peaks.json", files.peaks, name="peaks"),
    path("cancel/", jobs.cancel, name="cancel"),
    path("keep-both/", jobs.keep_both, name="keep_both"),
]

# /segments/<id>/
segment_urls = [
    path("", segments.edit_segment, name="edit_segment"),
    path("history/", segments.segment_history, name="segment_history"),
    path("split/", voices.split_segment, name="split_segment"),
    path("restore/<int:revision_id>/", segments.restore_segment, name="restore_segment"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("demo/", home.demo, name="demo"),
    path("set-up/", set_up.set_up, name="set_up"),
    path("accounts/", include("allauth.account.urls")),
    path("meetings/<uuid:meeting_id>/", include(meeting_urls)),
    path("segments/<int:segment_id>/", include(segment_urls)),
    path("speakers/<int:speaker_id>/", speakers.speaker, name="speaker"),
    path("speakers/<int:speaker_id>/merge/", speakers.merge_speaker, name="merge_speaker"),
    path("speaker-changes/<int:change_id>/undo/", voices.undo_speaker_change, name="undo_speaker_change"),
    path("note-items/<int:item_id>/", note_items.note_item, name="note_item"),
    path("note-items/<int:item_id>/why/", note_items.why_note_item, name="why_note_item"),
    path("action-items/", action_items.action_items, name="action_items"),
    path("action-items/<int:item_id>/", action_items.action_item, name="action_item"),
    path("action-items/<int:item_id>/move/", action_items.move_action_item, name="move_action_item"),
    path("action-items/<int:item_id>/why/", action_items.why_action_item, name="why_action_item"),
    path("record/", record.record, name="record"),
    path("record/<uuid:take_id>/", record.take, name="take"),
    path("record/<uuid:take_id>/stop/", record.stop, name="stop_take"),
    path("jobs/<int:job_id>/retry/", jobs.retry, name="retry"),
    path("people/", people.people, name="people"),
    path("people/<int:user_id>/link/", people.person_link, name="person_link"),
    path("people/<int:user_id>/active/", people.person_active, name="person_active"),
    path("models/", models_page.models_page, name="models"),
]
