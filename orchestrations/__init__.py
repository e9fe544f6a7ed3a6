"""The order of things: generator functions of sequence and waits, nothing else."""
