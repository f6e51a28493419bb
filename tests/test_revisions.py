"""Where results come from, as git and DVC name it, in repositories that have no results yet."""

from pathlib import Path

import pytest

from cellbench import InputError
from cellbench.publish.provenance import Origin
from cellbench.publish.revisions import find, saved_experiments
from project import Project, make_repository


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The current folder: a git repository without a commit."""
    for name in ("DVC_EXP_BASELINE_REV", "DVC_EXP_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return make_repository(tmp_path)


def head(repository: Project) -> str:
    return repository.run("git rev-parse HEAD").strip()


def commit(repository: Project, seed: int) -> str:
    (repository.folder / "params.yaml").write_text(f"seed: {seed}\n")
    repository.run(f"git add . && git commit --quiet --message 'seed {seed}'")
    return head(repository)


def save_experiment(repository: Project, name: str, seed: int) -> str:
    """Keep a change of the last commit as `dvc exp run` does: as a commit that no branch has."""
    baseline = head(repository)
    saved = commit(repository, seed)
    reference = f"refs/exps/{baseline[:2]}/{baseline[2:]}/{name}"
    repository.run(f"git update-ref {reference} {saved} && git reset --quiet --hard {baseline}")
    return saved


def test_of_two_experiments_of_one_name_each_is_found_by_its_commit(repository: Project) -> None:
    baselines, saved = [], []
    for seed in (1, 3):
        baselines.append(commit(repository, seed))
        saved.append(save_experiment(repository, "short-name", seed + 1))
    assert {origin.saved for origin in saved_experiments()} == set(saved)
    with pytest.raises(InputError) as complaint:
        find("short-name")
    assert all(sha in str(complaint.value) for sha in saved)
    for baseline, sha, seed in zip(baselines, saved, (1, 3), strict=True):
        origin = find(sha)
        assert (origin.commit, origin.experiment) == (baseline, "short-name")
        assert f"-seed: {seed}\n+seed: {seed + 1}\n" in origin.changes


def test_before_the_first_commit_a_result_has_none(repository: Project) -> None:
    (repository.folder / "params.yaml").write_text("seed: 0\n")
    assert Origin.here() == Origin(commit="", changes="")
    assert "mlflow.source.git.commit" not in Origin.here().tags
    sha = commit(repository, 0)
    assert Origin.here() == Origin(commit=sha, changes="")
