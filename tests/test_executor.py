"""Pieces of work in processes of their own."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import cellbench
from cellbench import InputError
from cellbench.executor import ATTEMPTS, Local, executor


def square(number: int) -> int:
    return number**2


def refuse(number: int) -> int:
    raise InputError(f"not {number}")


def die_once(folder: str, number: int) -> int:
    """The third piece kills its process the first time."""
    mark = Path(folder) / "died"
    if number == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    with (Path(folder) / f"{number}.txt").open("a") as file:
        file.write("done\n")
    return number


def die(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


@pytest.mark.parametrize("workers", [1, 3])
def test_every_piece_has_its_result_with_any_number_of_workers(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLBENCH_WORKERS", str(workers))
    environment = dict(os.environ)
    with Local() as workers:
        assert dict(workers.results(square, [(n,) for n in range(20)])) == {n: n**2 for n in range(20)}
        assert dict(workers.results(square, [])) == {}
    assert dict(os.environ) == environment


ASK = """
from cellbench.executor import Local
from cellbench.project import find_project

if __name__ == "__main__":
    with Local() as workers:
        print(dict(workers.results(find_project, [(None,)]))[0])
"""


def test_workers_in_a_copy_run_its_sources_and_not_those_that_are_installed(tmp_path: Path) -> None:
    package = Path(cellbench.__file__).parent
    shutil.copytree(package, tmp_path / "src/cellbench")
    (tmp_path / "src/cellbench/project.py").write_text("def find_project(_):\n    return 'the copy'\n")
    (tmp_path / "src/ask.py").write_text(ASK)
    done = subprocess.run([sys.executable, "src/ask.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "the copy\n", done.stderr


def test_a_mistake_in_a_piece_comes_out_as_it_is() -> None:
    with Local() as workers, pytest.raises(InputError, match=r"^not 5$"):
        list(workers.results(refuse, [(5,)]))


def test_a_worker_that_is_killed_costs_what_it_was_doing_and_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELLBENCH_WORKERS", "1")
    with Local() as workers:
        found = dict(workers.results(die_once, [(str(tmp_path), n) for n in range(5)]))
    assert found == {n: n for n in range(5)}
    assert (tmp_path / "died").exists()


def test_workers_that_die_again_and_again_are_one_message() -> None:
    with Local() as workers, pytest.raises(InputError, match=f"a worker died {ATTEMPTS} times"):
        list(workers.results(die, [(1,)]))


def test_an_executor_that_is_not_there_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLBENCH_EXECUTOR", "slurm")
    with pytest.raises(InputError, match=r"^CELLBENCH_EXECUTOR: must be local or ray, got 'slurm'$"):
        executor()
    monkeypatch.delenv("CELLBENCH_EXECUTOR")
    assert isinstance(executor(), Local)


@pytest.mark.parametrize("workers", ["abc", "0", "-1", "1.5"])
def test_a_number_of_workers_that_is_none_is_one_message(workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLBENCH_WORKERS", workers)
    with pytest.raises(InputError, match=rf"^CELLBENCH_WORKERS: must be a whole number from 1 on, got '{workers}'$"):
        executor()


def test_a_cluster_that_cannot_be_reached_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLBENCH_EXECUTOR", "ray")
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:9")
    with pytest.raises(InputError) as raised, executor():
        pass
    assert str(raised.value).startswith(
        "CELLBENCH_EXECUTOR=ray: no cluster at 127.0.0.1:9: [Errno 111] Connection refused"
    )
    assert len(str(raised.value).splitlines()) == 1
