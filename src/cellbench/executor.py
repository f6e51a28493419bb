"""Independent pieces of work, side by side: the result of none depends on where, or beside how many others, it is done.

The environment says where: on the cores of this machine, or with CELLBENCH_EXECUTOR=ray on a Ray cluster.
"""

import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from threading import Thread
from typing import Any, Self, TypeVar

from cellbench import InputError

Result = TypeVar("Result")
ATTEMPTS = 3
PROCESSES = get_context("forkserver")


def executor() -> "Executor":
    """The one that the environment variable CELLBENCH_EXECUTOR names: local, the default, or ray.

    Raises:
        InputError: there is no such executor.
    """
    name = os.environ.get("CELLBENCH_EXECUTOR", "local")
    if name not in EXECUTORS:
        raise InputError(f"CELLBENCH_EXECUTOR: must be {' or '.join(EXECUTORS)}, got {name!r}")
    return EXECUTORS[name]()


class Local:
    """Processes on this machine, from the beginning to the end of a `with` block: as many as it has cores, or as the
    environment variable CELLBENCH_WORKERS says.
    """

    def __init__(self) -> None:
        said = os.environ.get("CELLBENCH_WORKERS") or str(os.cpu_count() or 1)
        if not said.isdecimal() or int(said) == 0:
            raise InputError(f"CELLBENCH_WORKERS: must be a whole number from 1 on, got {said!r}")
        self._workers = int(said)

    def __enter__(self) -> Self:
        self._pool = ProcessPoolExecutor(self._workers, PROCESSES, _begin)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def results(
        self, function: Callable[..., Result], pieces: Sequence[tuple[Any, ...]]
    ) -> Iterator[tuple[int, Result]]:
        """Call a function with the arguments of each piece; the number of a piece and its result, as they come.

        A worker that dies ends the others, too: what is not done by then runs again.

        Raises:
            InputError: workers died ATTEMPTS times; what the function raises is raised as it is.
        """
        _load(function.__module__)
        left = dict(enumerate(pieces))
        for _ in range(ATTEMPTS):
            try:
                futures = {self._pool.submit(function, *piece): number for number, piece in left.items()}
                for future in as_completed(futures):
                    result = future.result()
                    del left[futures[future]]
                    yield futures[future], result
                return
            except BrokenProcessPool:
                self._pool.shutdown(wait=False)
                self.__enter__()
        raise InputError(f"a worker died {ATTEMPTS} times, perhaps for want of memory; try CELLBENCH_WORKERS=1")


class Cluster:
    """A Ray cluster, which RAY_ADDRESS names; without it, the one that runs on this machine."""

    def __enter__(self) -> Self:
        try:
            import ray
        except ImportError:
            raise InputError("CELLBENCH_EXECUTOR=ray: Ray is not installed; run `pip install .[ray]`") from None
        address = os.environ.get("RAY_ADDRESS", "auto")
        code = {"working_dir": str(Path(__file__).parents[1])}  # src, as it is here
        host, _, port = address.removeprefix("ray://").partition(":")
        try:
            if port:  # Ray itself would try for minutes, and then end the process
                socket.create_connection((host, int(port)), timeout=10).close()
            ray.init(address, runtime_env=code, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, RuntimeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            message = f"CELLBENCH_EXECUTOR=ray: no cluster at {address}: {reason}; is RAY_ADDRESS right?"
            raise InputError(message) from None
        self._ray = ray
        return self

    def __exit__(self, *_: object) -> None:
        self._ray.shutdown()

    def results(
        self, function: Callable[..., Result], pieces: Sequence[tuple[Any, ...]]
    ) -> Iterator[tuple[int, Result]]:
        """As `Local.results`."""
        task = self._ray.remote(max_retries=ATTEMPTS - 1)(function)
        left = {task.remote(*piece): number for number, piece in enumerate(pieces)}
        while left:
            (done, *_), _ = self._ray.wait([*left])
            try:
                result = self._ray.get(done)
            except self._ray.exceptions.RayTaskError as error:
                raise error.cause from None
            except self._ray.exceptions.RayError as error:
                message = f"the Ray cluster lost a piece of work {ATTEMPTS} times: {type(error).__name__}"
                raise InputError(message) from None
            yield left.pop(done), result


Executor = Local | Cluster
EXECUTORS: dict[str, type[Executor]] = {"local": Local, "ray": Cluster}


def _load(module: str) -> None:
    """Start, once, the process that workers are copies of: with a module loaded, so that each need not load it.

    Python 3.11 does not say to it where this process finds modules: in a copy, it would load those that are installed.
    """
    environment = os.environ.copy()
    PROCESSES.set_forkserver_preload([module])
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    try:
        ensure_running()
    finally:
        os.environ.pop("PYTHONPATH")
        os.environ.update(environment)


def _begin() -> None:
    """In a new process: Ctrl-C is for the one that started it, and if that one is killed, this one ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None  # this is a child

    def wait() -> None:
        parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()
