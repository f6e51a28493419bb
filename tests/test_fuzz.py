"""Whatever params.yaml holds: an answer, or one message that names the place."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbench import InputError
from cellbench.config.params import Params, load_params
from fuzz import FUZZ, GOOD, WORDS

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def places(node: Any, *place: Any) -> list[tuple[Any, ...]]:
    """Where there is something in a tree."""
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place, *(found for key, value in parts for found in places(value, *place, key))]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS)
KEYS = st.text(max_size=6) | st.sampled_from(["size", "source", "units", "unit", "train", "time", "until", "seed"])
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


def answer(path: Path, content: bytes) -> Params | None:
    """What is read, or None where it is refused in a message that begins with the file."""
    path.write_bytes(content)
    try:
        return load_params(path)
    except InputError as error:
        said = str(error)
    assert said.startswith(str(path))
    assert len(said) < 5000
    return None


@FUZZ
@given(place=st.sampled_from(places(GOOD)), value=TREES, key=st.none() | KEYS)
def test_any_value_and_any_further_key_anywhere_in_params(
    tmp_path: Path, place: tuple[Any, ...], value: Any, key: str
) -> None:
    tree = json.loads(json.dumps(GOOD))
    node, (*way, last) = tree, place or (None,)
    for part in way:
        node = node[part]
    if last is None:
        tree = value
    elif key is not None and isinstance(node, dict):
        node[key] = value
    else:
        node[last] = value
    answer(tmp_path / "params.yaml", json.dumps(tree).encode("utf-8", "surrogatepass"))


@FUZZ
@given(
    line=st.integers(0, 40), column=st.integers(0, 60), cut=st.integers(0, 20), word=st.sampled_from(WORDS) | st.text()
)
def test_any_text_anywhere_in_params(tmp_path: Path, line: int, column: int, cut: int, word: str) -> None:
    """In the project's own file: also keys twice, broken quotes and brackets, tabs, aliases."""
    lines = (Path(__file__).parents[1] / "params.yaml").read_text().splitlines()
    old = lines[line % len(lines)]
    lines[line % len(lines)] = old[: column % (len(old) + 1)] + word + old[column % (len(old) + 1) + cut :]
    answer(tmp_path / "params.yaml", "\n".join(lines).encode("utf-8", "surrogatepass"))


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
"""An alias to nine of what is an alias to nine: some lines that stand for more than any memory holds."""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[" * 5000, "is nested too deeply"),
        (b"a: " + b"{a: " * 2000, "is nested too deeply"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"seed: 0\nseed: 1\n", "found duplicate key"),
        (BOMB.encode(), "a29: unknown key"),
        (BOMB.encode() + b"training: *a29\n", "training: must be a mapping, got [[["),
        (b"seed: " + b"9" * 5000, "cannot be read"),
        (b'seed: 0\na: "\\ud800"\n', r"line 2: \ud800 is half a character"),
    ],
)
def test_what_is_made_to_break_a_reader(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as raised:
        load_params(path)
    assert said in str(raised.value)
    assert len(str(raised.value)) < 5000
