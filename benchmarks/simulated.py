"""Forecasters whose truth is known, drawn again and again, and what the report's tests say of them.

The error of a forecaster at a step is the sum of three: what no forecast can know (that of the best forecast of an
AR(2)), what its cell does not learn, and what one seed does not learn. `smooth` ones are autocorrelated, also where the
horizon is one step. Two cells are equal where the variances of their own errors are.

Shape letters: R replicates, N test samples, H steps.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from cellbench.evaluate.comparison import compare

Array = NDArray[np.float64]
PSI = (1.0, 1.2)  # of the AR(2) x(t) = 1.2 x(t-1) - 0.5 x(t-2) + e(t)


def autocorrelated(random: np.random.Generator, rho: float, *shape: int) -> Array:
    """AR(1) along the last axis, of variance 1."""
    innovations = random.normal(size=(*shape[:-1], shape[-1] + 50))
    values: Array = lfilter([np.sqrt(1 - rho**2)], [1, -rho], innovations)[..., 50:]
    return values


class World:
    """The test samples that all forecasters share, `(N, H)`."""

    def __init__(self, random: np.random.Generator, samples: int, horizon: int, smooth: bool) -> None:
        psi = [*PSI]
        while len(psi) < horizon:
            psi.append(1.2 * psi[-1] - 0.5 * psi[-2])
        weights = np.array(psi[:horizon])
        innovations = autocorrelated(random, 0.6 if smooth else 0.0, samples + horizon)
        steps = range(horizon)
        unknown = [sum(weights[j] * innovations[h - j : h - j + samples] for j in range(h + 1)) for h in steps]
        spread = np.sqrt(np.cumsum(weights**2))
        total = np.sqrt(np.square(spread).mean())
        self.random, self.rho = random, 0.8 if smooth else 0.0
        self.unknown, self.spread = np.stack(unknown, axis=1) / total, spread / total

    def errors(self, *lead: int) -> Array:
        """Of a cell or of seeds, `(..., N, H)`: three fifths of the variance are common to the steps."""
        samples, horizon = self.unknown.shape
        common = autocorrelated(self.random, self.rho, *lead, samples)[..., None]
        alone = np.moveaxis(autocorrelated(self.random, self.rho, *lead, horizon, samples), -1, -2)
        found: Array = (np.sqrt(0.6) * common + np.sqrt(0.4) * alone) * self.spread
        return found

    def forecaster(self, replicates: int, cell: float, seed: float, own: Array | None = None) -> tuple[Array, Array]:
        """Losses of the replicates `(R, N)` and of their ensemble `(N,)`; seeds are of unequal quality.

        Args:
            cell: the deviation of the error of the cell.
            seed: that of the error of a seed.
            own: the error of the cell, if it is another's as well.
        """
        quality = np.exp(0.5 * self.random.normal(size=replicates) - 0.25)
        error = self.unknown + cell * (self.errors() if own is None else own)
        error = error + seed * self.errors(replicates) * quality[:, None, None]
        return np.square(error).mean(axis=2), np.square(error.mean(axis=0)).mean(axis=1)


@dataclass(frozen=True)
class Case:
    """Forecasters to be simulated again and again."""

    horizon: int
    samples: int
    replicates: int
    smooth: bool
    cells: int = 2
    twins: bool = False
    """Whether they are one cell under several names, of which only the seeds differ."""
    gap: float = 0.0
    """By which share the expected loss of the second cell is higher."""

    def draw(self, random: np.random.Generator) -> tuple[bool, bool, bool, bool]:
        """Whether the first cell is found better than the second, any two cells or ensembles different, and any cell
        worse than a baseline: of equal ones, any may have been the best in validation."""
        world = World(random, self.samples, self.horizon, self.smooth)
        own = world.errors() if self.twins else None
        widths = [0.25] + [np.sqrt(0.0625 + 1.125 * self.gap)] + [0.25] * (self.cells - 2)
        cells = {f"c{n}": world.forecaster(self.replicates, width, 0.25, own) for n, width in enumerate(widths)}
        _, baseline = world.forecaster(1, np.sqrt(0.125), 0.0)
        losses = {name: replicates for name, (replicates, _) in cells.items()}
        ensembles = {name: ensemble for name, (_, ensemble) in cells.items()}
        found = compare(losses, ensembles | {"baseline": baseline}, "baseline", self.horizon)
        pairs = found["cells"]
        return (
            pairs[0]["verdict"] == "better",
            any(pair["verdict"] != "no difference" for pair in pairs),
            any(pair["dm_p_holm"] < 0.05 for pair in pairs),
            any(pair["verdict"] == "worse" for pair in found["against_baseline"]),
        )


def rates(case: Case, draws: int) -> Array:
    """How often each of `Case.draw` is so."""
    random = np.random.default_rng([case.horizon, case.samples, case.replicates, case.smooth, case.cells])
    shares: Array = np.mean([case.draw(random) for _ in range(draws)], axis=0)
    return shares
