"""`dvc repro` killed at random moments: the next one ends as if nothing had happened."""

import os
import random
import re
import signal
import time
from pathlib import Path

import pytest

from project import Project, copy_of, kill, parents, runs, snapshot

SHORT = {"samples: 40": "samples: 200", "epochs: 3\n": "epochs: 1500\n"}
"""Some seconds for each training: time for a checkpoint."""
OUTPUTS = (
    "data/noise_* data/sunspots data/wave recipes runs reports mlflow.db mlartifacts dvc.lock "
    ".scratch .dvc/cache .dvc/tmp"
)


WAVE = "  wave: {source: arma, ar: [0.5], sigma: 1.0, length: 120}"
"""Its recipe is searched."""


@pytest.mark.long
def test_killed_at_any_moment_it_ends_as_if_nothing_had_happened(
    project: Project, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The whole of it, or DVC alone, so that a stage goes on beside the next `dvc repro`."""
    copy = copy_of(project, tmp_path / "copy")
    params = (copy.folder / "params.yaml").read_text()
    params = re.sub(r"\n  sunspots:\n(    .*\n)*", "\n", re.sub(r"\n  sunspots_.*", "", params))
    for long, short in SHORT.items():
        params = params.replace(long, short)
    params = params.replace("\nexperiments:\n", f"\n{WAVE}\nexperiments:\n")
    params += "  elman: {dataset: noise_1, cell: elman, units: 4, activation: tanh}\n"
    params += "  wave_elman: {dataset: wave, cell: elman, recipe: tuned}\nsearch: {trials: 8, replicates: 1}\n"
    (copy.folder / "params.yaml").write_text(params)
    started = time.monotonic()
    copy.run(f"rm -rf {OUTPUTS} && dvc repro")
    seconds = time.monotonic() - started
    copy.run("git add --all && git commit --quiet --message whole")
    copy.run("rm -r mlflow.db mlartifacts && cellbench publish")  # as runs of this commit
    whole = snapshot(copy)
    assert len(parents(copy)) == 4
    moments = random.Random(request.config.getoption("--seed"))
    for one in range(request.config.getoption("--kills")):
        copy.run(f"rm -rf {OUTPUTS}")
        moment, alone = moments.uniform(0, seconds), moments.random() < 0.3
        reproduction = copy.start("exec dvc repro")
        time.sleep(moment)
        if alone:
            os.kill(reproduction.pid, signal.SIGKILL)
            reproduction.wait()
        else:
            kill(reproduction)
        print(f"\nkill {one + 1}: after {moment:.1f} of {seconds:.0f} s{', of DVC alone' if alone else ''}", flush=True)
        print(copy.run("dvc repro"))
        assert copy.run("git status --porcelain") == ""
        assert {run.info.status for run in runs(copy)} == {"FINISHED"}
        assert snapshot(copy) == whole
