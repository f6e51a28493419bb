"""A YAML file checked against a model: each mistake becomes one line with its full key and what was expected."""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

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
        for key in [key for key, line in lines.items() if line == EXPECTED["extra_forbidden"]]:
            if meant := _resembling(key, model):
                lines[key] += f"; did you mean '{meant.split('.')[-1]}'"
                lines.pop(meant, None)  # reported as missing: one line says both
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
    line = EXPECTED.get(error["type"], error["msg"]).format(**context, got=got)
    if isinstance(got, str) and re.fullmatch(r"\d+e-?\d+", got):
        line += " (a text to YAML; write 1.0e-3)"
    return key, line


def _resembling(key: str, model: type[Model]) -> str | None:
    schema = model.model_json_schema()
    known = {name for part in (schema, *schema.get("$defs", {}).values()) for name in part.get("properties", {})}
    section, _, name = key.rpartition(".")
    close = get_close_matches(name, sorted(known), n=1)
    return f"{section}.{close[0]}" if close else None


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML's rule that a key stands once in a mapping, which PyYAML does not enforce."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key.value}' stands twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds.

    Raises:
        InputError: the file is missing, unreadable, no YAML or no mapping.
    """
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeyLoader)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run this in the repository's root") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{path}{line}: not valid YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise InputError(f"{path}: not valid YAML: {error}") from None
    if not isinstance(raw, dict):
        raise InputError(f"{path}: must be a mapping")
    return raw
