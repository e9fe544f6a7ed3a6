"""What the judge of answers is asked and answers: words about a ticket's answer, for an evaluation and nothing else."""

from typing import Annotated

from pydantic import Field

from shared.model import Model
from shared.thinking import Passage

Mark = Annotated[int, Field(ge=1, le=5)]


class AnswerToJudge(Model):
    """A ticket, the answer that the desk gave, and the sections that the answer cites."""

    language: str
    subject: str
    text: str
    answer: str
    passages: tuple[Passage, ...]


class AnswerMarks(Model):
    """One mark for each line of the rubric; `why` names what cost the most."""

    grounded: Mark
    helpful: Mark
    complete: Mark
    clear: Mark
    safe: Mark
    why: Annotated[str, Field(max_length=500)]

    @property
    def share(self) -> float:
        """Of all marks there were to have."""
        return (self.grounded + self.helpful + self.complete + self.clear + self.safe) / 25
