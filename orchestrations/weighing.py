"""What voters think of a dangerous action, before a person is asked: they advise, and the person decides."""

from orchestrations.calling import Work, now
from orchestrations.episode import Episode
from orchestrations.patterns.consensus import consensus
from orchestrations.patterns.fan_out import Branch
from shared import names
from shared.collaboration import Ballot
from shared.escalations import Advice, Opinion
from shared.exchanged import Thought
from shared.thinking import Judgement, Question

FITTING, UNFITTING = "fitting", "not fitting"


def weigh(episode: Episode, question: Question) -> Work[Advice]:
    """Ask each voter whether the draft's actions are fitting; whoever is late or fails is shown as that.

    Raises Interrupted.
    """
    started_at = now(episode.ctx)
    asked = {voter: question.model_copy(update={"role": voter}) for voter in names.RISK_VOTERS}
    voters = {voter: Branch(names.WEIGH, data) for voter, data in asked.items()}
    tally, gathered = yield from consensus(episode.ctx, voters, _ballot, episode.policy)
    opinions: list[Opinion] = []
    for voter in voters:
        thought = gathered.results.get(voter)
        error = gathered.errors.get(voter) or ("too late" if voter in gathered.missing else None)
        opinions.append(_opinion(voter, thought, error))
        episode.note_step(names.WEIGH, started_at, opinions[-1].in_words, thought, gathered.spent.get(voter))
    episode.listen()
    return Advice.model_validate({"says": tally.winner or "undecided", "opinions": opinions})


def _opinion(voter: str, thought: Thought | None, error: str | None) -> Opinion:
    if thought is None:
        return Opinion(voter=voter, error=(error or "no answer")[:200])
    said = Judgement.model_validate(thought.answer)
    return Opinion(voter=voter, fitting=said.fitting, confidence=said.confidence, why=said.why)


def _ballot(thought: Thought) -> Ballot:
    said = Judgement.model_validate(thought.answer)
    choice = None if said.fitting is None else FITTING if said.fitting else UNFITTING
    return Ballot(choice=choice, confidence=said.confidence, why=said.why)
