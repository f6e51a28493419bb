"""How a stage starts and speaks, and how it ends when the user has to act: one message, exit code 1, no traceback."""

import argparse
import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from cellbench import InputError
from cellbench.config.params import load_params

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def run_stage(stage: Callable[..., str], kind: str | None = None) -> None:
    """Run a stage: `python src/report.py`; or for one entry of a section of params.yaml: `python src/train.py lstm`.

    What came out is said with the seconds it took.

    Args:
        stage: returns a sentence about what came out.
        kind: the section, `datasets` or `experiments`, of a stage that takes the name of an entry.

    Raises:
        SystemExit: with code 1 after an InputError, whose text goes to standard error.
    """
    parser = argparse.ArgumentParser(description=stage.__doc__)
    if kind:
        parser.add_argument("name", help=f"one of {kind} in params.yaml")
    asked = vars(parser.parse_args())
    with one_message():
        params = load_params()
        if kind and asked["name"] not in (known := getattr(params, kind)):
            raise InputError(f"params.yaml: {kind}.{asked['name']} does not exist; there are {', '.join(known)}")
        started, label = monotonic(), "@".join([stage.__name__, *asked.values()])
        said = stage(params, **asked)
        say(f"{label}, {monotonic() - started:.0f} s: {said}")


def say(line: str) -> None:
    """Print a line on standard error: `make repro` hides the lines of DVC, which are on standard output."""
    print(line, file=sys.stderr)


@contextmanager
def one_message() -> Iterator[None]:
    """End with one message and exit code 1 instead of a traceback; after Ctrl-C say how to continue.

    If stdout was closed (`| head`), exit 1 silently.
    """
    try:
        yield
        sys.stdout.flush()
    except InputError as error:
        sys.exit(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # raised inside a library
        place = f"{error.filename}: " if error.filename else ""
        reason = error.strerror or str(error) or type(error).__name__
        advice = "; make room, then run the same command again" if error.errno in NO_ROOM else ""
        sys.exit(place + reason + advice)
    except MemoryError as error:
        sys.exit(f"not enough memory: {error}; params.yaml asks for more than this machine has")
    except KeyboardInterrupt:
        say("interrupted: the same command continues, a training from its last checkpoint")
        sys.exit(130)
