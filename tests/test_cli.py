"""How a stage and a command end when the user has to act."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cellbench import InputError
from cellbench.config.params import Params
from cellbench.console import one_message, run_stage
from project import refused_by

SRC = Path(__file__).parents[1] / "src"
ROOM = "; make room, then run the same command again"


def system_error(number: int, *file: str) -> OSError:
    """What the system raises, as the subclass that Python has for the number."""
    return OSError(number, os.strerror(number), *file)


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (InputError("params.yaml: seed: is missing"), "params.yaml: seed: is missing"),
        (system_error(errno.ENOSPC), f"No space left on device{ROOM}"),
        (system_error(errno.EDQUOT, "x.csv"), f"x.csv: Disk quota exceeded{ROOM}"),
        (system_error(errno.EROFS, "x.csv"), "x.csv: Read-only file system"),
        (system_error(errno.EACCES, "x.csv"), "x.csv: Permission denied"),
        (system_error(errno.EACCES), "Permission denied"),
        (system_error(errno.ECONNREFUSED), "Connection refused"),
        (OSError("libgomp.so.1: cannot open shared object file"), "libgomp.so.1: cannot open shared object file"),
        (TimeoutError(), "TimeoutError"),
        (
            MemoryError("Unable to allocate 7 TiB"),
            "not enough memory: Unable to allocate 7 TiB; params.yaml asks for more than this machine has",
        ),
    ],
    ids=repr,
)
def test_what_the_user_has_to_act_on_is_one_message_and_exit_code_1(raised: Exception, said: str) -> None:
    with pytest.raises(SystemExit) as ended, one_message():
        raise raised
    assert ended.value.code == said  # which Python prints, and ends with code 1


def test_ctrl_c_says_how_to_continue(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, one_message():
        raise KeyboardInterrupt
    assert ended.value.code == 130
    said = capsys.readouterr().err
    assert said.startswith("interrupted: the same command continues")
    assert said.count("\n") == 1


def test_a_name_that_a_stage_does_not_know_is_answered_with_those_it_knows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(SRC.parent)
    for stage, kind, known in (("train", "experiments", "sunspots_gru"), ("prepare", "datasets", "sunspots")):
        said = refused_by(f"{stage}.py nobody")
        assert said.startswith(f"params.yaml: {kind}.nobody does not exist")
        assert known in said
        assert "\n" not in said
        assert capsys.readouterr() == ("", "")


def test_a_stage_says_what_came_out_and_how_long_it_took(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def train(params: Params, name: str) -> str:
        return f"{params.experiments[name].replicates} replicates"

    monkeypatch.chdir(SRC.parent)
    monkeypatch.setattr("sys.argv", ["train.py", "lstm"])
    run_stage(train, "experiments")
    assert capsys.readouterr() == ("", "train@lstm, 0 s: 10 replicates\n")


@pytest.mark.parametrize("characters", [1, 10**6])  # printed at the end, and at once
def test_a_reader_who_has_read_enough_is_no_mistake(characters: int) -> None:
    program = f"from cellbench.console import one_message\nwith one_message():\n    print('x' * {characters})"
    process = subprocess.Popen([sys.executable, "-c", program], cwd=SRC, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, said = process.communicate()
    assert (process.returncode, said) == (1, b"")


def test_a_mistake_of_our_own_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), one_message():
        raise ZeroDivisionError
