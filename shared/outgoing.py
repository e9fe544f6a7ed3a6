"""What an answer must not say, whoever or whatever talked the model into it; checked by code before it leaves.

The rules are rules: they know the phrases listed here and in `shared.promises`, in five languages, and no others.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from shared.actions import Action
from shared.masking import SECRET_KINDS, Spared, mask, private_values
from shared.model import texts_in, with_texts
from shared.promises import broken_promises

LINK = re.compile(
    r"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s<>\"'`)\]]{1,500}"
    r"|(?<![\w:/])//(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}\b[^\s<>\"'`)\]]{0,500}"
    r"|\bwww\.[^\s<>\"'`)\]]{1,500}"
    r"|(?<![\w@./-])(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}/[^\s<>\"'`)\]]{0,500}"
    r"|\b(?:javascript|data|vbscript|file):[^\s<>\"')\]]{1,500}"
)
WORD = re.compile(r"\w+")
RUN_WORDS = 12
"""So many words in a row are no coincidence: the answer repeats the instructions."""


def problems_with(
    answer: str,
    *,
    known: Iterable[str],
    actions: Sequence[Action],
    instructions: str,
    link_hosts: Sequence[str] = (),
) -> tuple[str, ...]:
    """Say what is wrong, without repeating it; empty for an answer that may leave.

    `known` are the trusted texts that the answer may quote from: passages that were retrieved, notes of services.
    A requester's own data is masked by the time a model writes, so that whatever is personal here is not theirs.
    """
    sources = "\n".join(known)
    found: dict[str, None] = {}
    for kind, value in private_values(answer):
        if value not in sources:
            what = "a secret" if kind in SECRET_KINDS else "personal data that the requester did not give"
            found[f"the answer contains {what} ({kind})"] = None
    links = [_bare(link) for link in LINK.findall(answer)]
    if any(link not in sources and not _leads_to(link, link_hosts) for link in links):
        found["the answer contains a link that stands in none of the passages"] = None
    for promise in broken_promises(answer, actions):
        found[promise] = None
    if _repeats(answer, instructions):
        found["the answer repeats the agent's own instructions"] = None
    return tuple(found)


def problems_with_result(result: str, *, known: str, instructions: str) -> tuple[str, ...]:
    """What is wrong with the result of a task. Unlike an answer it is addressed to nobody: it may name people and link
    to its sources."""
    found: dict[str, None] = {}
    for kind, value in private_values(result):
        if kind in SECRET_KINDS and value not in known:
            found[f"the text contains a secret ({kind})"] = None
    if _repeats(result, instructions):
        found["the text repeats the agent's own instructions"] = None
    return tuple(found)


def without_private(said: Any, spared: Spared) -> Any:
    """Plain JSON, or a text, that explains an answer or leads to one, with what is private in it masked.

    It may name links and promises: a reviewer has to say what is wrong with an answer.
    """
    if not mask("\n".join(texts_in(said)), spared)[1]:
        return said
    return with_texts(said, lambda text: mask(text, spared)[0])


def _leads_to(link: str, hosts: Sequence[str]) -> bool:
    """By the link's beginning alone: what servers and browsers read differently (`@`, `\\`, ports) leads nowhere."""
    scheme, _, rest = link.partition("://")
    return scheme.casefold() == "https" and re.split(r"[/?#]", rest.casefold(), maxsplit=1)[0] in hosts


def _bare(link: str) -> str:
    return link.rstrip(".,;:!?*_")


def _repeats(answer: str, instructions: str) -> bool:
    said = _words(answer)
    told = _words(instructions)
    runs = {tuple(told[at : at + RUN_WORDS]) for at in range(len(told) - RUN_WORDS + 1)}
    return any(tuple(said[at : at + RUN_WORDS]) in runs for at in range(len(said) - RUN_WORDS + 1))


def _words(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]
