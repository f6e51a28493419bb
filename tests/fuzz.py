"""What is made worse at random: a good params.yaml; words that break readers; how often it is tried."""

from typing import Any

from hypothesis import HealthCheck, settings

GOOD: dict[str, Any] = {
    "seed": 0,
    "training": {"replicates": 2, "epochs": 3, "batch_size": 8, "learning_rate": 0.01},
    "datasets": {
        "noise": {
            "source": "noise", "samples": 9, "test_samples": 3, "predict_samples": 2, "timesteps": 2, "features": 1,
        },
        "own": {
            "source": "csv", "path": "data/raw/x.csv", "target": "y", "time": "t",
            "until": {"train": 0.5, "validation": 0.7, "test": 1.0},
        },
        "known": {"source": "arma", "ar": [0.5], "sigma": 1.0, "length": 50},
    },
    "experiments": {
        "a": {"dataset": "noise", "cell": "elman", "units": 2, "activation": "tanh"},
        "b": {"dataset": "own", "cell": "gru", "units": 2, "window": 2, "scaling": "last"},
        "c": {"dataset": "known", "cell": "lstm", "units": 2, "window": 3, "scaling": "last",
              "select": "best", "patience": 2},
    },
}  # fmt: skip
FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
"""How many files are tried is the profile's to say: `make test-long` tries 2,000."""
WORDS = [
    "true", "~", "-1", "0", "1e999", ".inf", ".nan", "-.inf", "9" * 30, "9" * 5000, "0x7f", "1_000", "12:30:45",
    "2020-13-45", "2020-01-01", "'", '"', "é", "\u2028", "\U0001f600", "{}", "[]", "[[1]]", "{a: 1}",
    "!!python/name:os.system", "!!binary aGk=", "&x [*x]", "*y", "<<", "|", ">", "? a", "%YAML", "---", "...", "\t",
    "../../etc/passwd", "/etc/passwd", "data/raw/../../x", "{{x}}", "${x}", "{got!r}",
]  # fmt: skip
