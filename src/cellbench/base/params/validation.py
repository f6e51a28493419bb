"""A YAML file checked against a model: each mistake becomes one line with its full key and what was expected."""

import re
from difflib import get_close_matches
from pathlib import Path
from reprlib import Repr
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from cellbench import InputError

Model = TypeVar("Model", bound=BaseModel)

HALF = re.compile(r"\\(u|U0000)[dD][89a-fA-F][0-9a-fA-F]{2}")
"""What YAML takes for a character, and no file can be written with."""

EXPECTED = {  # by pydantic's name for the mistake; another is told in pydantic's own words
    "dict_type": "must be a mapping, got {got!r}",
    "extra_forbidden": "unknown key",
    "finite_number": "must be a finite number, got {got!r}",
    "float_type": "must be a number, got {got!r}",
    "greater_than": "must be greater than {gt:g}, got {got!r}",
    "greater_than_equal": "must be at least {ge:g}, got {got!r}",
    "int_type": "must be a whole number, got {got!r}",
    "less_than_equal": "must be at most {le:g}, got {got!r}",
    "list_type": "must be a list, got {got!r}",
    "literal_error": "must be {expected}, got {got!r}",
    "missing": "is missing",
    "model_attributes_type": "must be a mapping, got {got!r}",
    "model_type": "must be a mapping, got {got!r}",
    "string_type": "must be a text, got {got!r}",
    "too_short": "must not be empty",
    "union_tag_invalid": "must be {expected_tags}, got {tag!r}",
    "union_tag_not_found": "is missing",
}


LONGEST = 300
SHORTENED = Repr()
SHORTENED.maxlevel, SHORTENED.maxstring = 2, 60


class Shortened:
    """A value as a message shows it, whatever somebody wrote."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __repr__(self) -> str:
        return SHORTENED.repr(self._value)


def checked(model: type[Model], raw: object, path: Path, *place: str) -> Model:
    """What was read from a file, as a model.

    Args:
        place: the key under which `raw` stands in the file.

    Raises:
        InputError: a value is wrong; one line a mistake.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        lines = dict(_describe(details, raw, place) for details in error.errors())
        for details in error.errors():
            key, _ = _describe(details, raw, place)
            if details["type"] == "extra_forbidden" and (meant := _resembling(details["loc"], model)):
                lines[key] += f"; did you mean '{meant}'"
                missing = ".".join([*key.split(".")[:-1], meant])
                if lines.get(missing) == EXPECTED["missing"]:
                    del lines[missing]  # one line says both
        raise InputError("\n".join(f"{path}: {_cut(key)}: {_cut(line)}" for key, line in lines.items())) from None


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def misplaced(key: str, expected: str, got: str) -> PydanticCustomError:
    """The error for a value that does not fit to another part of the file; raised in a model's validator."""
    return PydanticCustomError("misplaced", "{expected}, got {got}", {"key": key, "expected": expected, "got": got})


def _describe(error: ErrorDetails, raw: object, place: tuple[str, ...]) -> tuple[str, str]:
    """The full key of a mistake, and what was expected there."""
    context, got = error.get("ctx", {}), error["input"]
    if error["type"] == "misplaced":
        return context["key"], error["msg"]
    keys = [*place, *_keys(error, raw)]
    if error["type"].startswith("union_tag"):
        keys.append(context["discriminator"].strip("'"))
    said = error["msg"]  # never formatted again: it may hold braces that the user wrote
    if error["type"] in EXPECTED:
        said = EXPECTED[error["type"]].format(**{**context, "got": Shortened(got)})
    return ".".join(keys), said


def _keys(error: ErrorDetails, raw: object) -> list[str]:
    """Where a mistake stands in the file: pydantic's location without what it adds, such as a section's source."""
    keys, node = [], raw
    for part in error["loc"]:
        inside = (isinstance(node, dict) and part in node) or (isinstance(node, list) and isinstance(part, int))
        if inside or (error["type"] == "missing" and part == error["loc"][-1]):
            keys.append(str(part))
            node = node[part] if inside else None  # type: ignore[index]
    return keys


def _resembling(location: tuple[str | int, ...], model: type[Model]) -> str | None:
    """The key of the section at `location` that an unknown one there looks like."""
    schema = model.model_json_schema()
    section = schema
    for part in location[:-1]:
        if "discriminator" in section:
            section = {"$ref": section["discriminator"]["mapping"][part]}
        else:
            section = section.get("properties", {}).get(part) or section["additionalProperties"]
        if "$ref" in section:
            section = schema["$defs"][section["$ref"].rsplit("/")[-1]]
    close = get_close_matches(str(location[-1]), list(section.get("properties", {})), n=1)
    return close[0] if close else None


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds, as DVC understands it (YAML 1.2: a key stands once, 5e-05 is a number).

    It is not parsed in C, as by DVC: what is nested too deeply would end the process without a word.

    Raises:
        InputError: the file is missing, unreadable, no YAML or no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if half := HALF.search(text):
            above = text.count("\n", 0, half.start())
            raise InputError(f"{path} line {above + 1}: {half[0]} is half a character")
        raw = YAML(typ="safe", pure=True).load(text)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run this in the repository's root") from None
    except MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{path}{line}: not valid YAML: {error.problem}") from None
    except YAMLError as error:
        raise InputError(f"{path}: not valid YAML: {error}") from None
    except RecursionError:
        raise InputError(f"{path}: is nested too deeply") from None
    except (OSError, ValueError, TypeError) as error:  # not UTF-8, a date that does not exist, a mapping as a key
        raise InputError(f"{path}: cannot be read: {error}") from None
    if not isinstance(raw, dict):
        raise InputError(f"{path}: must be a mapping")
    return raw
