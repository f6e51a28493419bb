"""How a stage is started, and how it ends when the user has to act: one message, exit code 1, no traceback."""

import argparse
import atexit
import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cellbench import InputError
from cellbench.base.params.config import Params, load_params

# Looking for garbage is a tenth of a start, and with torch a second at the end, when all memory is given back anyway.
gc.set_threshold(100_000)
atexit.register(gc.freeze)


def run_stage(stage: Callable[[Params], None]) -> None:
    """Run a stage that works on everything: `python src/report.py`.

    Raises:
        SystemExit: with code 1 after an InputError, whose text goes to standard error.
    """
    argparse.ArgumentParser(description=stage.__doc__).parse_args()
    with one_message():
        stage(load_params())


def run_stage_for(kind: str, stage: Callable[[Params, str], None]) -> None:
    """Run a stage for one entry of a section of params.yaml, `datasets` or `experiments`: `python src/train.py lstm`.

    Raises:
        SystemExit: with code 1 after an InputError, whose text goes to standard error.
    """
    parser = argparse.ArgumentParser(description=stage.__doc__)
    parser.add_argument("name", help=f"one of {kind} in params.yaml")
    name = parser.parse_args().name
    with one_message():
        params = load_params()
        known = getattr(params, kind)
        if name not in known:
            raise InputError(f"params.yaml: {kind}.{name} does not exist; there are {', '.join(known)}")
        stage(params, name)


@contextmanager
def one_message() -> Iterator[None]:
    """End with the text of an InputError and exit code 1 instead of a traceback; after Ctrl-C with how to go on.

    Where nobody reads any more what is printed, as after `| head`, it ends with exit code 1 and says nothing.
    """
    try:
        yield
        sys.stdout.flush()
    except InputError as error:
        sys.exit(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # where no file of ours is written: by a library, on a disk that is full
        sys.exit(f"{error.filename or 'a file'}: {error.strerror}; make room, then run the same command again")
    except MemoryError as error:
        sys.exit(f"not enough memory: {error}; params.yaml asks for more than this machine has")
    except KeyboardInterrupt:
        print("interrupted: the same command goes on, a training from its last checkpoint", file=sys.stderr)
        sys.exit(130)
