"""The base of every model that crosses a boundary."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Frozen, and strict about unknown fields: a typo at a boundary is an error, never silence."""

    # Schemas are built when a model is first used: a cold start needs few of them. What was given stays out of errors:
    # the host logs those of a message that cannot be read, and no masking of ours sees its log.
    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, defer_build=True, hide_input_in_errors=True
    )
