"""How a stage and a command end when the user has to act."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cellbench import InputError
from cellbench.base.params.cli import one_message

SRC = Path(__file__).parents[1] / "src"
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
NAMED = OSError(errno.EROFS, os.strerror(errno.EROFS), "x.csv")


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (InputError("params.yaml: seed: is missing"), "params.yaml: seed: is missing"),
        (FULL, "a file: No space left on device; make room, then run the same command again"),
        (NAMED, "x.csv: Read-only file system; make room, then run the same command again"),
        (
            MemoryError("Unable to allocate 7 TiB"),
            "not enough memory: Unable to allocate 7 TiB; params.yaml asks for more than this machine has",
        ),
    ],
)
def test_what_the_user_has_to_act_on_is_one_message_and_exit_code_1(raised: Exception, said: str) -> None:
    with pytest.raises(SystemExit) as ended, one_message():
        raise raised
    assert ended.value.code == said  # which Python prints, and ends with code 1


def test_ctrl_c_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, one_message():
        raise KeyboardInterrupt
    assert ended.value.code == 130
    said = "interrupted: the same command goes on, a training from its last checkpoint\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("characters", [1, 10**6])  # printed at the end, and at once
def test_a_reader_who_has_read_enough_is_no_mistake(characters: int) -> None:
    program = f"from cellbench.base.params.cli import one_message\nwith one_message():\n    print('x' * {characters})"
    process = subprocess.Popen([sys.executable, "-c", program], cwd=SRC, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, said = process.communicate()
    assert (process.returncode, said) == (1, b"")


def test_a_mistake_of_our_own_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), one_message():
        raise ZeroDivisionError
