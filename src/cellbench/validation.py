"""A YAML file checked against a model: each mistake becomes one line with its full key and what was expected."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from cellbench.errors import InputError

Model = TypeVar("Model", bound=BaseModel)

EXPECTED = {  # by pydantic's name for the mistake; another is told in pydantic's own words
    "dict_type": "must be a mapping, got {got!r}",
    "extra_forbidden": "unknown key",
    "finite_number": "must be a finite number, got {got!r}",
    "float_type": "must be a number, got {got!r}",
    "greater_than": "must be greater than {gt:g}, got {got!r}",
    "greater_than_equal": "must be at least {ge}, got {got!r}",
    "int_type": "must be a whole number, got {got!r}",
    "literal_error": "must be {expected}, got {got!r}",
    "missing": "is missing",
    "model_type": "must be a mapping, got {got!r}",
    "string_type": "must be a text, got {got!r}",
    "too_short": "must not be empty",
}


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
        lines = dict(_describe(details, place) for details in error.errors())
        for details in error.errors():
            key, _ = _describe(details, place)
            if details["type"] == "extra_forbidden" and (meant := _resembling(details["loc"], model)):
                lines[key] += f"; did you mean '{meant}'"
                missing = ".".join([*key.split(".")[:-1], meant])
                if lines.get(missing) == EXPECTED["missing"]:
                    del lines[missing]  # one line says both
        raise InputError("\n".join(f"{path}: {key}: {line}" for key, line in lines.items())) from None


def misplaced(key: str, expected: str, got: str) -> PydanticCustomError:
    """The error for a value that does not fit to another part of the file; raised in a model's validator."""
    return PydanticCustomError("misplaced", "{expected}, got {got}", {"key": key, "expected": expected, "got": got})


def _describe(error: ErrorDetails, place: tuple[str, ...]) -> tuple[str, str]:
    """The full key of a mistake, and what was expected there."""
    context, got = error.get("ctx", {}), error["input"]
    if error["type"] == "misplaced":
        return context["key"], error["msg"]
    key = ".".join([*place, *(str(part) for part in error["loc"] if part != "[key]")])
    return key, EXPECTED.get(error["type"], error["msg"]).format(**context, got=got)


def _resembling(location: tuple[str | int, ...], model: type[Model]) -> str | None:
    """The key of the section at `location` that an unknown one there looks like."""
    schema = model.model_json_schema()
    section = schema
    for part in location[:-1]:
        section = section.get("properties", {}).get(part) or section["additionalProperties"]
        if "$ref" in section:
            section = schema["$defs"][section["$ref"].rsplit("/")[-1]]
    close = get_close_matches(str(location[-1]), list(section.get("properties", {})), n=1)
    return close[0] if close else None


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds, read as DVC reads it (YAML 1.2: a key stands once, 5e-05 is a number).

    Raises:
        InputError: the file is missing, unreadable, no YAML or no mapping.
    """
    try:
        raw = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run this in the repository's root") from None
    except MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{path}{line}: not valid YAML: {error.problem}") from None
    except YAMLError as error:
        raise InputError(f"{path}: not valid YAML: {error}") from None
    except (OSError, ValueError, TypeError) as error:  # not UTF-8, a date that does not exist, a mapping as a key
        raise InputError(f"{path}: cannot be read: {error}") from None
    if not isinstance(raw, dict):
        raise InputError(f"{path}: must be a mapping")
    return raw
