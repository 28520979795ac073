import pytest

from meetings.models import Job
from meetings.pipeline import steps


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    numbers = []
    monkeypatch.setattr(steps, "_send_on_commit", lambda job, send: numbers.append(job.pk))
    return numbers


@pytest.fixture
def failed(meeting):
    meeting.jobs.filter(step__in=["draft", "ground", "publish"]).update(state=Job.State.WAITING)
    meeting.jobs.filter(step="draft").update(state=Job.State.FAILED, error_code="x", error_text="It failed.")
    return meeting.jobs.get(step="draft")


def urls(meeting, job):
    return [f"/meetings/{meeting.pk}/cancel/", f"/jobs/{job.pk}/retry/", f"/meetings/{meeting.pk}/keep-both/"]


def test_retry_works_and_twice_is_once(failed, client_of, owner, sent):
    client = client_of(owner)
    for _ in range(2):
        response = client.post(f"/jobs/{failed.pk}/retry/")
        assert response.status_code == 302 and response["Location"] == f"/meetings/{failed.meeting_id}/"
    failed.refresh_from_db()
    assert failed.state == Job.State.QUEUED and failed.error_text == "" and sent == [failed.pk]


def test_retry_by_htmx_swaps_nothing(failed, client_of, owner):
    response = client_of(owner).post(f"/jobs/{failed.pk}/retry/", headers={"HX-Request": "true"})
    assert response.status_code == 204 and "jobs" in response["HX-Trigger"]


def test_cancel_keeps_what_is_done(failed, client_of, owner):
    client_of(owner).post(f"/meetings/{failed.meeting_id}/cancel/")
    found = dict(failed.meeting.jobs.values_list("step", "state"))
    assert found["ingest"] == found["diarize"] == "done"
    assert found["draft"] == "failed" and found["ground"] == found["publish"] == "cancelled"
    assert failed.meeting.segments.count() == 6


def test_keep_both_lets_it_go_on(meeting, client_of, owner, sent):
    meeting.jobs.exclude(step="ingest").update(state=Job.State.WAITING)
    meeting.recording.duplicate_of = meeting
    meeting.recording.save()
    client_of(owner).post(f"/meetings/{meeting.pk}/keep-both/")
    meeting.recording.refresh_from_db()
    assert meeting.recording.duplicate_of is None and sent == [meeting.jobs.get(step="transcribe").pk]


@pytest.mark.parametrize("which", range(3))
def test_who_may(failed, client_of, colleague, reader, stranger, anonymous, which):
    path = urls(failed.meeting, failed)[which]
    assert client_of(colleague).post(path).status_code == 302
    assert client_of(reader).post(path).status_code == 403
    assert client_of(stranger).post(path).status_code == 404
    response = anonymous.post(path)
    assert response.status_code == 302 and "login" in response["Location"]


@pytest.mark.parametrize("which", range(3))
def test_wrong_method_changes_nothing(failed, client_of, owner, which):
    assert client_of(owner).get(urls(failed.meeting, failed)[which]).status_code == 405
    failed.refresh_from_db()
    assert failed.state == Job.State.FAILED


def test_no_such_job(client_of, owner):
    assert client_of(owner).post("/jobs/999999/retry/").status_code == 404
