"""What the benchmarks ask of an edition can be asked, and has an answer."""

import pytest

from bench.questions import QUESTIONS


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_of_the_benchmarks_has_an_answer(built_home, question):
    assert built_home.query(QUESTIONS[question])
