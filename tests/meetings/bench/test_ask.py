"""The benchmark of questions runs; with the real model server by hand: `manage.py bench ask`."""

import json

import pytest

from meetings.bench.ask import QUESTIONS, measure_ask
from tests.meetings.ask.test_work import Client

pytestmark = pytest.mark.django_db


class Streaming(Client):
    def chat(self, messages, *, watch, **options):
        answer = super().chat(messages, **options)
        watch(answer.text)
        return answer


def test_the_first_question_only_warms():
    client = Streaming(lambda messages, schema: json.dumps({"said": True, "answer": "So", "lines": [1]}))
    figures = {figure.name: figure for figure in measure_ask(client=client)}
    assert figures["follow-up questions"].value == len(QUESTIONS) - 1
    assert figures["of these written by the model"].value == len(client.prompts) - 1
    assert figures["first words, slowest"].limit == 3000
    assert figures["first words, median"].value <= figures["checked answer, slowest"].value
