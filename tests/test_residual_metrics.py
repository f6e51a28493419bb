"""Whether something can be learned from the errors of forecasts, by the formulas of the tests."""

import numpy as np
import pytest
import scipy.stats

from cellbench.evaluate.metrics import residual_metrics
from cellbench.streams import stream


@pytest.mark.parametrize(("samples", "lags"), [(60, 10), (22, 4)])
def test_residuals_are_tested_as_ljung_and_box_do(samples: int, lags: int) -> None:
    residuals = 5 + np.convolve(stream(0, "residuals").normal(size=samples + 1), [1, 0.5], "valid")
    error = residuals - residuals.mean()
    acf = [error[lag:] @ error[:-lag] / (error @ error) for lag in range(1, lags + 1)]
    statistic = samples * (samples + 2) * sum(r**2 / (samples - lag) for lag, r in enumerate(acf, 1))
    t = residuals.mean() / (residuals.std(ddof=1) / samples**0.5)
    bias = {"residual_mean": residuals.mean(), "residual_mean_p": 2 * scipy.stats.t.sf(abs(t), samples - 1)}
    metrics = residual_metrics(residuals)
    assert metrics == pytest.approx(
        bias | {"residual_acf_1": acf[0], "residual_p": scipy.stats.chi2.sf(statistic, lags)}
    )


@pytest.mark.parametrize("residuals", [np.arange(4.0), np.ones(30)])
def test_residuals_that_are_few_or_all_the_same_are_not_tested(residuals: np.ndarray) -> None:
    assert residual_metrics(residuals) == {}
