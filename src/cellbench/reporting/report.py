"""comparison.md: what was compared, what came out, and what follows from it, in words and numbers."""

from collections.abc import Sequence

from cellbench.reporting.remarks import CELLS_NOTE, moved_remarks, remarks, residual_remarks
from cellbench.reporting.report_tables import (
    comparison_table,
    future_table,
    interval_table,
    moved_table,
    period_table,
    prediction_table,
    recipe_table,
    score_table,
    step_table,
)
from cellbench.reporting.results import Group
from cellbench.reporting.verdicts import conclusion, divergence_sentence, unlike


def comparison(groups: Sequence[Group]) -> str:
    """The whole report as Markdown; every statement in it is derived from the results."""
    parts = ["# Which cell forecasts best?", "## Conclusion"]
    for group in groups:
        parts += [conclusion(group), *filter(None, [unlike(group)])]
    for group in groups:
        parts += [f"## {group.dataset}", *section(group)]
    parts += ["## The cells", CELLS_NOTE]
    return "\n\n".join(parts) + "\n"


SCORES_NOTE = """Errors on all test samples: of one replicate, with half a 95 % interval for the mean over all seeds,
and of the ensemble, the mean of the replicates' forecasts. Skill is the share of the best baseline's squared error that
a replicate saves, with a bootstrap interval over seeds and test samples; it is that of a single comparison, and the
differences below ask for more. The model confidence set holds the best forecaster with a probability of 95 %: what it
excludes is worse. Baselines are fitted to train and validation part; with `select: best` the networks learn from train
alone, with `select: last` from both."""

COMPARISON_NOTE = """Differences in squared error, negative where the first is better. Two tests have to agree, after
Holm's correction for the number of pairs: a bootstrap of replicates and of blocks of test samples, which speaks of a
cell trained once more, and Diebold and Mariano's with the correction of Harvey, Leybourne and Newbold, which speaks of
the ensembles. With less than about ten blocks of test samples both find differences somewhat too often."""

PERIODS_NOTE = "Ensembles by test period."

FORECASTS_NOTE = """Before the dotted line each test value as it was forecast one step ahead, after it what comes next.
At most the last 120 test samples are drawn."""

INTERVALS_NOTE = """Intervals by split conformal prediction, from the residuals on the validation part of a training
that did not see it. With `select: best` the epoch was chosen on that part, which makes them a little narrow. Where less
is covered than promised, the test part is not like the validation part."""

CURVES_NOTE = """Loss by epoch as the network sees it, mean and range of the replicates. The training loss can fall
below the best error possible on new data: then the network is learning the training sample by heart. With weights of
the last epoch, the validation loss is that of the same training without the validation part."""

MOVED_NOTE = """The largest change, from the first weights to the last, of any weight in any replicate: the columns of
each gate, W from the input, U from the hidden state, b and d biases. A zero is exact: none of them moved at all."""


def section(group: Group) -> list[str]:
    """Everything about one dataset."""
    figures = f"figures/{group.dataset}"
    parts = [*remarks(group), "### Scores", SCORES_NOTE, score_table(group)]
    parts += [sentence for result in group.results if (sentence := divergence_sentence(result))]
    parts += [f"![Test error of every forecaster on {group.dataset}]({figures}/test_error.png)"]
    if len(group.periods) > 1 or group.published:
        parts += [PERIODS_NOTE, period_table(group)]
    if group.steps:
        parts += [step_table(group), f"![Error by step of the horizon]({figures}/error_by_step.png)"]
    parts += ["### Differences", COMPARISON_NOTE, comparison_table(group)]
    if group.is_series:
        parts += ["### Forecasts", f"![Forecasts and truth]({figures}/forecasts.png)", FORECASTS_NOTE, INTERVALS_NOTE]
        parts += [
            interval_table(group),
            "What comes next, with intervals of 80 % where they can be given:",
            future_table(group),
        ]
        parts += ["### Residuals", f"![Autocorrelation of the residuals]({figures}/residuals.png)"]
        parts += [residual_remarks(group)]
    else:
        parts += ["### Predictions for fresh samples", f"![Predictions]({figures}/predictions.png)"]
        parts += [prediction_table(group.results)]
    parts += [
        "### Training",
        recipe_table(group.results),
        f"![Learning curves]({figures}/learning_curves.png)",
        CURVES_NOTE,
    ]
    if not group.is_series:
        parts += [MOVED_NOTE, moved_table(group.results), *moved_remarks(group)]
    return parts
