"""One file an agent: its name, answer model and tools; its instructions are a prompt file."""
