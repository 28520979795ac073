"""Answers become rows of their own, since a question over all meetings has several."""

import django.db.models.deletion
from django.db import migrations, models


def move_answers(apps, schema_editor):
    """The one answer of each question so far."""
    question_model, answer_model = (apps.get_model("meetings", name) for name in ("Question", "Answer"))
    for question in question_model.objects.filter(state__in=["answered", "quoted"]).iterator():
        answer_model.objects.create(
            question=question,
            meeting_id=question.meeting_id,
            kind=question.state,
            text=question.answer,
            segment_ids=question.segment_ids,
        )


class Migration(migrations.Migration):
    dependencies = [("meetings", "0013_live_notes")]

    operations = [
        migrations.AddField("question", "draft", models.TextField(blank=True)),
        migrations.AlterField(
            "question",
            "meeting",
            models.ForeignKey(
                blank=True,
                help_text="Empty: all that its asker may see.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="questions",
                to="meetings.meeting",
            ),
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("kind", models.CharField(choices=[("answered", "Answered"), ("quoted", "Quoted")], max_length=10)),
                ("text", models.TextField(blank=True)),
                ("segment_ids", models.JSONField(blank=True, default=list)),
                (
                    "meeting",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="meetings.meeting"),
                ),
                (
                    "question",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="meetings.question"),
                ),
            ],
            options={"ordering": ["position", "id"]},
        ),
        migrations.RunPython(move_answers, migrations.RunPython.noop),
        migrations.RemoveField("question", "answer"),
        migrations.RemoveField("question", "segment_ids"),
    ]
