"""Errors that end the host with one readable line."""


class HostError(Exception):
    """The app cannot be run; the message says why, in words for whoever wrote the app."""


class WorkerGone(Exception):
    """The worker process ended while it ran the invocation."""


class OutputFailed(Exception):
    """An output binding could not be written."""


class FunctionTimedOut(Exception):
    """The invocation took longer than host.json's functionTimeout."""
