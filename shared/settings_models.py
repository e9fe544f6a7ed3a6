"""Settings of the models behind the agents."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from shared.rate_limit import Limits
from shared.setting_types import Count, FromJson, FromList, Limit, NotNegative, Positive, Section

DEFAULT_GROUP_LIMITS = {"watch": Limits(requests=10)}


def _over_the_defaults(limits: Mapping[str, Limits]) -> Mapping[str, Limits]:
    return DEFAULT_GROUP_LIMITS | dict(limits)


class ModelSettings(Section):
    """The models behind the agents"""

    model_provider: Literal["offline", "openai", "azure_openai"] = "offline"
    """`offline` (rules), `openai` or `azure_openai`"""
    openai_base_url: str | None = None
    """needed with `openai`"""
    openai_api_key: str | None = None
    """needed with `openai`"""
    openai_model: str | None = None
    """needed with `openai`"""
    azure_openai_endpoint: str | None = None
    """needed with `azure_openai`"""
    azure_openai_credential: Literal["entra", "key"] = "entra"
    """`entra` (managed identity, or `az login` on a laptop), or `key` where that cannot be"""
    azure_openai_api_key: str | None = None
    """needed where `AZURE_OPENAI_CREDENTIAL` is `key`, and refused where it is not: a key is never used by accident"""
    azure_openai_model: str | None = None
    """needed with `azure_openai`: the deployment"""
    model_conversations: Literal["app", "service"] = "app"
    """who keeps a conversation for the model: `app` sends the history with each question; `service` has the provider
    store it (Responses API with `store`), and the desk keeps its id in the session"""
    model_timeout_s: Positive = 60
    """how long one model call may take"""
    model_prices_usd: Annotated[Mapping[str, tuple[float, float] | tuple[float, float, float]], FromJson] = {}
    """`{"model": [input, output, cached input]}`, USD for a million tokens; without the third, cached input costs as
    much as any"""
    agent_models: Annotated[Mapping[str, str], FromJson] = {}
    """the model of an agent that has one of its own: `{"caution-ballot": "model"}`; on Azure its deployment"""
    model_fallback: Literal["none", "rules"] = "none"
    """`rules`: while an agent's circuit is open the rules answer, and the step names `rules` as its model"""
    breaker_failures: Count = 5
    """failed calls in a row that open an agent's circuit to a model"""
    breaker_reset_s: Positive = 60
    """how long an open circuit waits before one probe"""
    model_requests_per_minute: Limit = 0
    """for each model, from all instances together; 0 is no limit"""
    model_tokens_per_minute: Limit = 0
    """for each model, from all instances together; 0 is no limit"""
    model_group_limits: Annotated[Mapping[str, Limits], FromJson, AfterValidator(_over_the_defaults)] = (
        DEFAULT_GROUP_LIMITS
    )
    """a group of agents' own limit, within the model's; what is set goes over the default, group by group"""
    cache_ttl_s: NotNegative = 3600
    """how long an answer serves for the same question; 0 turns it off, and the rules are never cached"""
    cache_off_agents: Annotated[frozenset[str], FromList] = frozenset()
    """names of agents that are always asked anew, with commas"""
    triage_examples: str = "samples/triage/examples.jsonl"
    """what the rules are trained on"""

    @property
    def model_limits(self) -> Limits:
        return Limits(requests=self.model_requests_per_minute, tokens=self.model_tokens_per_minute)

    def needs(self) -> Mapping[str, tuple[str, ...]]:
        needed = {
            "offline": (),
            "openai": ("openai_base_url", "openai_api_key", "openai_model"),
            "azure_openai": ("azure_openai_endpoint", "azure_openai_model"),
        }[self.model_provider]
        return {f"MODEL_PROVIDER is {self.model_provider}": needed} | (
            {"AZURE_OPENAI_CREDENTIAL is key": ("azure_openai_api_key",)}
            if self.azure_openai_credential == "key"
            else {}
        )

    @model_validator(mode="after")
    def _has_a_service_where_one_keeps(self) -> Self:
        if self.model_conversations == "service" and self.model_provider == "offline":
            raise ValueError("MODEL_CONVERSATIONS is service although MODEL_PROVIDER is offline, which keeps nothing")
        return self

    @model_validator(mode="after")
    def _uses_a_key_only_by_choice(self) -> Self:
        if self.azure_openai_api_key is not None and self.azure_openai_credential != "key":
            raise ValueError("AZURE_OPENAI_API_KEY is set although AZURE_OPENAI_CREDENTIAL is entra")
        return self
