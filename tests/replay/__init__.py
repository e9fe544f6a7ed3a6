"""Guards what is in flight: histories recorded on a running desk, replayed against today's orchestrations."""
