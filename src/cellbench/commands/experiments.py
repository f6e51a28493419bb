"""The experiments that a command is given by name."""

from cellbench import InputError
from cellbench.base.params.config import Experiment, Params


def experiment_called(params: Params, name: str) -> Experiment:
    """The experiment of params.yaml.

    Raises:
        InputError: there is none of that name.
    """
    if name not in params.experiments:
        raise InputError(f"{name} is no experiment of params.yaml; there are {', '.join(params.experiments)}")
    return params.experiments[name]
