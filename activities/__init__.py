"""One file a step: each runs one agent or has one side effect, and may run twice."""
