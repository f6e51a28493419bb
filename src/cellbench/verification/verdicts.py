"""What a stage gives once more, file by file, beside what it left behind and what DVC recorded of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cellbench.base.dvc_record import RECORD, digest
from cellbench.verification.comparing import Distance, distance

ENVIRONMENT = "environment.json"
"""Says where a result was made; it may be another one for the same result."""


class Verdict(NamedTuple):
    """On one file."""

    path: Path
    said: str
    holds: bool


def verdicts(path: Path, md5: str, again: Path, tolerance: float | None) -> Iterator[Verdict]:
    """Compare an output of a stage with what the stage gives once more.

    Args:
        path: of the output, a file or a folder, from the repository's root.
        md5: what DVC recorded of it.
        again: the new one.
        tolerance: the relative difference that is let pass; None for none.
    """
    if path.name == ENVIRONMENT:
        return
    if not path.exists():  # not pulled: its digest is enough, as long as it is the same
        same = digest(again) == md5
        yield Verdict(path, "identical" if same else "different, and not here to be compared: `dvc pull`", same)
        return
    stored_md5, new_md5 = digest(path), digest(again) if again.exists() else None
    if new_md5 and md5 not in {stored_md5, new_md5}:
        yield Verdict(path, f"different: {RECORD} has another digest of it: `dvc repro`, and commit that", False)
        return
    changed = stored_md5 != md5 == new_md5  # and not the result
    folders = (path, again)
    names = {file.relative_to(folder) for folder in folders for file in folder.rglob("*") if file.is_file()}
    for name in sorted(names) or [Path()]:
        stored, new = (folder / name for folder in folders)
        verdict = _verdict(stored, new, tolerance)
        if not verdict.holds and changed:
            verdict = verdict._replace(said=f"{verdict.said}: changed since it was made")
        yield verdict


def _verdict(stored: Path, again: Path, tolerance: float | None) -> Verdict:
    if not stored.exists() or not again.exists():
        return Verdict(stored, f"different: {'is not there' if again.exists() else 'is not made any more'}", False)
    then, now = stored.read_bytes(), again.read_bytes()
    if then == now:
        return Verdict(stored, "identical", True)
    found = distance(then, now, stored.suffix)
    if isinstance(found, Distance) and tolerance is not None and found.relative <= tolerance:
        return Verdict(stored, f"equal within {found}", True)
    return Verdict(stored, f"different: {found}", False)


def changes(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What is not as it was in an environment, as `name: then -> now`."""
    before, after = (side | side["packages"] for side in (then, now))
    names = [name for name in dict.fromkeys([*before, *after]) if name != "packages"]
    return [f"{name}: {before.get(name)} -> {after.get(name)}" for name in names if before.get(name) != after.get(name)]
