"""Stage `publish`."""

from pathlib import Path

from cellbench.config.params import Params
from cellbench.config.sources import Noise
from cellbench.files import read_json, write_json
from cellbench.project import repository_root
from cellbench.publish.live import close_interrupted
from cellbench.publish.projection import project
from cellbench.publish.provenance import Origin, trace
from cellbench.publish.registry import crown
from cellbench.publish.store import TESTED, store
from cellbench.results.results import REPORTS, load_results


def publish(params: Params) -> str:
    """Make sure that every result is a run in MLflow, write their keys to data/published.json, and return what was new.

    Raises:
        InputError: a result is missing or broken.
        TrackingError: the tracking server cannot be reached or refuses; the next `dvc repro` tries again.
    """
    keys, said = publish_results(params, Origin.here(), repository_root())
    write_json(Path("data/published.json"), keys)
    return said


def publish_results(params: Params, origin: Origin, root: Path) -> tuple[dict[str, str], str]:
    """Make the runs that MLflow lacks of the results in the current folder.

    Args:
        root: the user's repository, where its database lies.

    Returns:
        The key of every experiment's result, and a sentence: what was published, and how often the test part of each
        dataset has been looked at, as far as this database knows.
    """
    provenance = trace(params, origin)
    with store(root) as opened:
        published = opened.by_key()
        missing = {name for name, source in provenance.items() if source.key not in published}
        made = [
            project(opened, result, group, provenance[result.name], origin.changes)
            for group in (load_results(params) if missing else [])
            for result in group.results
            if result.name in missing
        ]
        close_interrupted(opened)
        if Path.cwd().samefile(root):  # the results of a queued experiment or another revision name no champion
            for dataset in (name for name, source in params.datasets.items() if not isinstance(source, Noise)):
                crown(opened, dataset, read_json(REPORTS / "comparisons" / f"{dataset}.json")["validation"])
        tested = {params.experiments[name].dataset: source.tags[TESTED] for name, source in provenance.items()}
        scored = [f"{dataset} {opened.count_scored(digest)}" for dataset, digest in tested.items()]
    said = f"published {', '.join(made)}" if made else "MLflow has a run of every result"
    said += f"\ntrainings scored on a test part so far: {', '.join(scored)}"
    return {name: source.key for name, source in provenance.items()}, said
