"""Marks an answer of the desk by a rubric: asked by evaluations only, never on a ticket's way."""

from agents.spec import AgentSpec
from shared.judging import AnswerMarks, AnswerToJudge


def check_marks(marks: AnswerMarks, _question: AnswerToJudge) -> str | None:
    """A low mark without a reason teaches nobody."""
    return "say in why what cost the marks" if marks.share < 1 and not marks.why.strip() else None


ANSWER_JUDGE = AgentSpec("answer-judge", AnswerMarks, "answer_judge.md", check=check_marks)
