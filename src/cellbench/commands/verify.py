"""`cellbench verify`: are the stored results those that the last commit gives?"""

import sys
from pathlib import Path

import click

from cellbench import InputError
from cellbench.base.files import read_json
from cellbench.base.params.cli import one_message
from cellbench.base.params.config import load_params
from cellbench.commands.experiments import experiment_called


@click.command()
@click.argument("experiments", nargs=-1)
@click.option("--exact", is_flag=True, help="Only the same bytes will do: so it is if nothing else is said.")
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 1, min_open=True),
    help="Let a relative difference pass: of a file's numbers, by the largest of the same array or column.",
)
def verify(experiments: tuple[str, ...], exact: bool, tolerance: float | None) -> None:
    """Make the results of EXPERIMENTS, or of all, once more from the last commit, and compare them file by file.

    That is done in a folder of its own, for all experiments on the same datasets, since their comparison is a result,
    too. Nothing stored is changed. The exit code is 0 if every file is identical, or within the tolerance.
    """
    with one_message():
        if exact and tolerance is not None:
            raise InputError("--exact and --tolerance: choose one of them")
        if not _verify(experiments, tolerance):
            sys.exit(1)


def _verify(experiments: tuple[str, ...], tolerance: float | None) -> bool:
    """Print a line for each file, and one at the end; whether all hold."""
    from cellbench.base.dvc_record import RECORD, read_stages, recorded
    from cellbench.verification.rerunning import committed_state, run_stage_in, stages_of
    from cellbench.verification.verdicts import ENVIRONMENT, changes, verdicts

    count, failed, environments = 0, 0, set()
    with committed_state() as folder:
        params, stages = load_params(), read_stages(RECORD)
        datasets = {experiment_called(params, name).dataset for name in experiments or params.experiments}
        for stage, name in stages_of(params, sorted(datasets)):
            record = recorded(stages, f"{stage}@{name}")
            click.echo(f"{stage}@{name}")
            run_stage_in(folder, stage, name)
            for out in record["outs"]:
                path = Path(out["path"])
                if path.name == ENVIRONMENT and path.exists():
                    environments.update(changes(read_json(path), read_json(folder / path)))
                for verdict in verdicts(path, out["md5"], folder / path, tolerance):
                    click.echo(f"  {verdict.path}: {verdict.said}")
                    count, failed = count + 1, failed + (not verdict.holds)
    if environments:
        click.echo(f"the environment is another one: {'; '.join(sorted(environments))}")
    else:
        click.echo("the environment is the one in which they were made, as far as that is known here")
    click.echo(f"{count - failed} of {count} files hold")
    return not failed
