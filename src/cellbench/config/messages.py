"""A YAML file checked against a model: each mistake becomes one line with its full key and what was expected."""

import re
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from reprlib import repr as shortened
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from cellbench import InputError

Model = TypeVar("Model", bound=BaseModel)
HALF = re.compile(r"\\(u|U0000)[dD][89a-fA-F][0-9a-fA-F]{2}")
"""What YAML takes for a character, and no file can be written with."""
MISSING, UNKNOWN = "is missing", "unknown key"
PLAIN = {  # what pydantic says: what is said here
    "^Input should": "must",
    "a valid dictionary.*": "a mapping",
    "a valid integer": "a whole number",
    "a valid ": "a ",
    "greater than or equal to": "at least",
    "less than or equal to": "at most",
    "^Field required|^Unable to extract tag.*": MISSING,
    "^Extra inputs are not permitted": UNKNOWN,
    "(?s)^Input tag .* expected tags:": "must be one of",
    "^Value error, ": "",
    "^List should have at least 1 item.*": "must not be empty",
}
LONGEST = 300


def checked(model: type[Model], raw: object, path: Path, *place: str) -> Model:
    """What stands in a file under the key `place`, as a model.

    Raises:
        InputError: a value is wrong; one line per mistake.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        words: dict[tuple[str, ...], str] = {}
        for mistake in error.errors():
            keys, known = _place(model, mistake)
            words[keys] = _words(mistake)
            if words[keys] == UNKNOWN and (meant := get_close_matches(keys[-1], known, n=1)):
                words[keys] += f"; did you mean '{meant[0]}'"
                if words.get((*keys[:-1], *meant)) == MISSING:
                    del words[*keys[:-1], *meant]  # one line says both
    lines = [": ".join(filter(None, [".".join((*place, *keys)), said])) for keys, said in words.items()]
    raise InputError("\n".join(f"{path}: {line[:LONGEST]}" for line in "\n".join(lines).splitlines()))


def _place(model: Any, mistake: ErrorDetails) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    """The keys down to a mistake, and the fields that the last one stands among."""
    keys: list[str] = []
    known: Mapping[str, Any] = {}
    for part in mistake["loc"]:
        if get_origin(model) is Annotated and part != "[key]":  # one of several models: `part` is its source, not a key
            model = next(
                m for m in get_args(get_args(model)[0]) if part in get_args(m.model_fields["source"].annotation)
            )
        elif part != "[key]":
            keys, known = [*keys, str(part)], getattr(model, "model_fields", {})
            model = known[part].annotation if part in known else (get_args(model) or [None])[-1]
    return (*keys, *(["source"] if mistake["type"].startswith("union_tag") else [])), known


def _words(mistake: ErrorDetails) -> str:
    """What was expected, and what was got."""
    words, got = mistake["msg"], mistake["input"]
    for pydantics, ours in PLAIN.items():
        words = re.sub(pydantics, ours, words)
    if words in (MISSING, UNKNOWN) or (mistake["type"] == "value_error" and isinstance(got, dict)):
        return words
    got = got["source"] if mistake["type"] == "union_tag_invalid" else got
    return f"{words}, got {got if isinstance(got, date) else shortened(got)}"


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds, as DVC understands it (YAML 1.2: a key stands once, 5e-05 is a number).

    It is not parsed in C, as by DVC: what is nested too deeply would end the process without a word.

    Raises:
        InputError: the file is missing, unreadable, no YAML or no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if half := HALF.search(text):
            raise ValueError(f"line {text.count(chr(10), 0, half.start()) + 1}: {half[0]} is half a character")
        raw = YAML(typ="safe", pure=True).load(text)
    except RecursionError:
        raise InputError(f"{path}: is nested too deeply") from None
    except MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{path}{line}: not valid YAML: {error.problem}") from None
    except (OSError, YAMLError, ValueError, TypeError) as error:  # a date that does not exist, a mapping as a key
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', error)}") from None
    if not isinstance(raw, dict):
        raise InputError(f"{path}: must be a mapping")
    return raw
