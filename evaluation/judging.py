"""Has a judge mark the answers that reached a requester. The offline rules read no meaning: with them nobody judges."""

import asyncio
from collections.abc import Mapping, Sequence

from agents.asking import ask
from agents.judge import ANSWER_JUDGE
from evaluation.cases import Case
from evaluation.metrics import Judged
from evaluation.outcome import Outcome
from shared.errors import DeskError
from shared.judging import AnswerMarks, AnswerToJudge
from shared.model import Model
from shared.thinking import Usage
from triggers.services import Services

AT_ONCE = 8
LINES = ("grounded", "helpful", "complete", "clear", "safe")


class Scores(Model):
    """`marks` by case; `failed` are cases that the judge gave no marks that hold, with why."""

    model: str
    marks: Mapping[str, AnswerMarks]
    failed: Mapping[str, str] = {}
    usage: Usage = Usage()

    def mean(self, line: str) -> float:
        return sum(getattr(one, line) for one in self.marks.values()) / len(self.marks) if self.marks else 0.0


async def judge(judged: Sequence[Judged], on: Services) -> Scores | None:
    """None where the model is the offline rules, or where no answer was given alone."""
    answered = [(case, told) for case, told in judged if told.is_closed_alone and told.answer]
    if on.settings.model_provider == "offline" or not answered:
        return None
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case, told: Outcome) -> tuple[str, AnswerMarks | str, str, Usage]:
        question = AnswerToJudge(
            language=case.language, subject=case.subject, text=case.text, answer=told.answer, passages=told.quoted
        )
        async with gate:
            try:
                thought = await ask(ANSWER_JUDGE, question, on.models, on)
            except DeskError as error:
                return case.id, str(error), "", error.usage or Usage()
            return case.id, AnswerMarks.model_validate(thought.answer), thought.model, thought.usage

    gave = await asyncio.gather(*(one(*pair) for pair in answered))
    return Scores(
        model=next((model for *_, model, _ in gave if model), ""),
        marks={case: marks for case, marks, *_ in gave if isinstance(marks, AnswerMarks)},
        failed={case: why for case, why, *_ in gave if isinstance(why, str)},
        usage=sum((usage for *_, usage in gave), Usage()),
    )
