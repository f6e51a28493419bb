"""MLflow brought up to date with the results in a folder; where it is already, that is found out in a moment."""

from pathlib import Path

from cellbench.base.params.config import Params
from cellbench.tracking.provenance import Origin, trace
from cellbench.tracking.store import has_left_running, published_keys, store


def publish(params: Params, origin: Origin, root: Path) -> list[str]:
    """Make the runs that MLflow lacks of the results in the current folder; the names of their experiments.

    Args:
        root: the user's repository, where its database lies.

    Raises:
        InputError: a result is not there, or is not what its stage left behind.
        TrackingError: the tracking server can not be reached or refuses.
    """
    known = published_keys(root)
    provenance = trace(params, origin)
    if all(source.key in known for source in provenance.values()) and not has_left_running(root):
        return []
    # Not before: what reads results and says what they mean takes half a second to load.
    from cellbench.reporting.loading import load_results
    from cellbench.tracking.live import close_left_behind
    from cellbench.tracking.projection import project

    groups = load_results(params)
    with store(root) as (client, experiment):
        made = [
            result.name
            for group in groups
            for result in sorted(group.results, key=lambda result: float(result.metrics["ensemble_mse"]))
            if project(client, experiment, root, result, group, provenance)
        ]
        close_left_behind(client, experiment, root)
    return made
