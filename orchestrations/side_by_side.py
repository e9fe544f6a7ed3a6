"""Two stretches of work at once, where neither needs what the other finds: a ticket takes as long as the longer one."""

from durabletask.task import Task, when_any

from orchestrations.calling import Work


def side_by_side[A, B](first: Work[A], second: Work[B]) -> Work[tuple[A, B]]:
    """Go on with each as soon as what it waits for is there; both have ended when this has.

    Neither may raise: it would end both, with the other's calls under way.
    """
    of_first, of_second = _Stretch(first), _Stretch(second)
    while waiting := [stretch.task for stretch in (of_first, of_second) if stretch.task is not None]:
        yield when_any(waiting)
        of_first.go_on()
        of_second.go_on()
    return of_first.results[0], of_second.results[0]


class _Stretch[T]:
    """One of the two: what it waits for, and what it came to."""

    def __init__(self, work: Work[T]):
        self._work = work
        self.results: list[T] = []
        self.task: Task[object] | None = None
        self._until_it_waits(None)

    def go_on(self) -> None:
        if self.task is not None and self.task.is_complete:
            self._until_it_waits(self.task)

    def _until_it_waits(self, done: Task[object] | None) -> None:
        try:
            if done is not None and done.is_failed:
                self.task = self._work.throw(done.get_exception())
            else:
                self.task = self._work.send(None if done is None else done.get_result())
        except StopIteration as end:
            self.task = None
            self.results.append(end.value)
