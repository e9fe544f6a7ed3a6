"""Ways for agents and people to work together, as small functions an orchestration yields from."""
