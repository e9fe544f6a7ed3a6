"""Reads a plan before it takes effect, and approves it or names its problems."""

from agents.spec import AgentSpec
from shared.names import REVIEWER_AGENT
from shared.thinking import Question, Review


def check_review(review: Review, question: Question) -> str | None:
    """A refusal must say what to mend, else a revision could not mend it."""
    if question.draft is None:
        return "there is no draft to review"
    if not review.approved and not review.problems:
        return "approved is false but problems is empty: name what must be mended"
    return None


REVIEWER = AgentSpec(name=REVIEWER_AGENT, answer=Review, prompt="reviewer.md", check=check_review)
