"""The vocabulary: frozen models, pure decisions, ports, names, settings and errors."""
