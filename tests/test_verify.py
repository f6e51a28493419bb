"""Results made once more from the last commit, and how far they are from those that are stored."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from cellbench.base.dvc_record import digest
from cellbench.verification.comparing import Distance, distance
from cellbench.verification.verdicts import changes, verdicts
from project import Project


def npz(**arrays: Any) -> bytes:
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


ONE = np.array([1.0, -2.0, np.nan, 1e-30], np.float32)


def moved(places: int) -> np.ndarray[Any, Any]:
    """The same but for one number, so many floating-point numbers further."""
    other = ONE.copy()
    for _ in range(places):
        other[0] = np.nextafter(other[0], np.float32(2))
    return other


def test_binary_numbers_are_compared_in_their_own_precision() -> None:
    found = distance(save({"w": ONE}), save({"w": moved(3)}), ".safetensors")
    assert found == Distance(pytest.approx(3 * 2**-23 / 2), 3)  # of the largest, which is 2
    assert str(found) == "3 ulp, relative 2e-07"
    assert distance(npz(x=ONE.astype(float)), npz(x=np.nextafter(ONE.astype(float), 9)), ".npz") == Distance(
        pytest.approx(2**-53, rel=1), 1
    )
    assert distance(npz(n=np.array([3])), npz(n=np.array([5])), ".npz") == Distance(0.4, 2)


def test_the_smallest_numbers_around_zero_are_neighbours() -> None:
    tiny = np.float32(np.finfo(np.float32).smallest_subnormal)
    found = distance(npz(x=np.array([-tiny])), npz(x=np.array([tiny])), ".npz")
    assert isinstance(found, Distance)
    assert found.ulp == 2


def test_text_is_compared_column_by_column_and_key_by_key() -> None:
    assert distance(b"a,b\nx,2\ny,4\n", b"a,b\nx,2\ny,4.4\n", ".csv") == Distance(pytest.approx(0.4 / 4.4), None)
    assert distance(b'{"m": 1, "l": [5, 8]}', b'{"m": 1, "l": [5, 9]}', ".json") == Distance(pytest.approx(1 / 9), None)


@pytest.mark.parametrize(
    ("stored", "again", "suffix", "said"),
    [
        (b"a\nx\n", b"a\ny\n", ".csv", "other words"),
        (b'{"a": 1}', b'{"b": 1}', ".json", "other names"),
        (b"a\n1\n", b"a\n1\n2\n", ".csv", "a: another shape"),
        (npz(x=ONE), npz(x=ONE[:2]), ".npz", "x: another shape"),
        (npz(x=ONE), npz(x=np.nan_to_num(ONE)), ".npz", "x: other numbers that are not finite"),
        (b"{", b"{}", ".json", "broken (Expecting property name enclosed in double quotes: line 1 column 2 (char 1))"),
    ],
)
def test_what_is_not_the_same_but_for_numbers_is_named(stored: bytes, again: bytes, suffix: str, said: str) -> None:
    assert distance(stored, again, suffix) == said


def test_what_a_tolerance_lets_pass(tmp_path: Path) -> None:
    stored, again = tmp_path / "stored.json", tmp_path / "again.json"
    stored.write_text('{"mse": 1.0}')
    again.write_text('{"mse": 1.001}')

    def said(tolerance: float | None) -> tuple[str, bool]:
        ((_, text, holds),) = verdicts(stored, digest(stored), again, tolerance)
        return text, holds

    assert said(None) == ("different: relative 0.001", False)
    assert said(1e-4) == ("different: relative 0.001", False)
    assert said(1e-2) == ("equal within relative 0.001", True)
    again.write_text('{"mse": 1.0}')
    assert said(None) == ("identical", True)


def test_a_stored_file_that_was_changed_is_told_from_a_result_that_comes_out_otherwise(tmp_path: Path) -> None:
    for folder in ("stored", "again"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.json").write_text("[1]")
        (tmp_path / folder / "b.json").write_text("[2]")
    stored, again = tmp_path / "stored", tmp_path / "again"
    md5 = digest(stored)
    (stored / "b.json").write_text("[3]")
    (stored / "c.json").write_text("[3]")
    said = {verdict.path.name: verdict.said for verdict in verdicts(stored, md5, again, None)}
    assert said == {
        "a.json": "identical",
        "b.json": "different: relative 0.3: changed since it was made",
        "c.json": "different: is not made any more: changed since it was made",
    }


@pytest.mark.parametrize("new", ["[1]", "[1.01]"])
def test_a_recorded_digest_that_nothing_has_is_named(new: str, tmp_path: Path) -> None:
    stored, again = tmp_path / "stored.json", tmp_path / "again.json"
    stored.write_text("[1]")
    again.write_text(new)
    ((_, said, holds),) = verdicts(stored, "0" * 32, again, 0.5)
    assert said == "different: pipeline/dvc.lock has another digest of it: `dvc repro`, and commit that"
    assert not holds


def test_a_file_that_is_not_made_any_more_is_named(tmp_path: Path) -> None:
    stored = tmp_path / "stored.json"
    stored.write_text("[1]")
    verdict = (stored, "different: is not made any more", False)
    assert list(verdicts(stored, digest(stored), tmp_path / "again.json", 0.5)) == [verdict]


def test_what_is_not_here_is_known_by_its_digest(tmp_path: Path) -> None:
    again = tmp_path / "again.json"
    again.write_text("[1]")
    gone = tmp_path / "gone.json"
    assert list(verdicts(gone, digest(again), again, None)) == [(gone, "identical", True)]
    ((_, said, holds),) = verdicts(gone, "0" * 32, again, 0.5)
    assert (said, holds) == ("different, and not here to be compared: `dvc pull`", False)


def test_changes_of_the_environment_are_named() -> None:
    then = {"python": "3.11", "packages": {"torch": "2.13", "numpy": "2.4"}}
    now = {"python": "3.12", "packages": {"torch": "2.13", "numba": "1"}}
    assert changes(then, now) == ["python: 3.11 -> 3.12", "numpy: 2.4 -> None", "numba: None -> 1"]
    assert changes(then, then) == []


def test_the_last_commit_gives_what_is_stored(project: Project) -> None:
    said = project.run("cellbench verify")
    files = [line for line in said.splitlines() if line.startswith("  ")]
    assert len(files) > 30
    assert all(line.endswith(": identical") for line in files)
    assert said.endswith(f"as far as that is known here\n{len(files)} of {len(files)} files hold\n")
    assert project.run("git status --porcelain") == ""


def flip(path: Path) -> None:
    """Change one byte, in a digit or a number."""
    content = bytearray(path.read_bytes())
    place = content.rindex(b"1") if path.suffix == ".json" else len(content) - 5
    content[place] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def test_a_changed_byte_is_found_and_named(project: Project) -> None:
    changed = [
        f"{project.folder}/{name}"
        for name in ("runs/noise_1/lstm/weights.safetensors", "reports/metrics/noise_1/gru.json")
    ]
    data = project.folder / "data/noise_1/tests/test.npz"
    before = data.read_bytes()
    for name in [*changed, str(data)]:
        flip(Path(name))
    said = project.run("cellbench verify gru --tolerance 0.000001", expect=1)
    lines = [line for line in said.splitlines() if line.startswith("  ") and not line.endswith(": identical")]
    assert len(lines) == 3
    for name in ("data/noise_1/tests/test.npz", "runs/noise_1/lstm/weights.safetensors", "metrics/noise_1/gru.json"):
        (line,) = [line for line in lines if f"{name}: different" in line]
        assert line.endswith(": changed since it was made")
    assert "sunspots" not in said
    assert before != data.read_bytes()  # what is stored is left as it is


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("cellbench verify nobody", "nobody is no experiment of params.yaml; there are "),
        ("cellbench verify --exact --tolerance 0.1", "--exact and --tolerance: choose one of them"),
        ("echo >> params.yaml; cellbench verify", "these are not committed: params.yaml"),
    ],
)
def test_what_can_not_be_verified_is_said(project: Project, command: str, said: str) -> None:
    printed = project.run(command, expect=1)
    assert said in printed
    assert "Traceback" not in printed


def test_the_environment_of_a_training_is_stored_with_it(project: Project) -> None:
    stored = json.loads((project.folder / "runs/noise_1/lstm/environment.json").read_text())
    assert {"system", "python", "packages", "processor_features", "torch_instructions", "torch_threads"} == set(stored)
    assert str(project.folder) not in json.dumps(stored)
