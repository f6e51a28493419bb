"""Make golden values with Keras: `python tests/golden/regenerate.py FOLDER`, in an environment of its own with
`pip install keras==3.15.1 tensorflow-cpu`. `pytest --golden FOLDER` then holds the project against them.

Each case is a layer with a dense readout, trained for a few epochs on noise without shuffling. Biases start random, so
that every weight matters from the first step on.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

ADAM = {"name": "adam", "lr": 0.001, "beta_1": 0.9, "beta_2": 0.999, "eps": 1e-07}
SEQUENCE = {"timesteps": 11, "features": 4, "units": 4, "samples": 72, "batch_size": 32, "epochs": 5}
ONE_STEP = {"timesteps": 1, "features": 4, "units": 4, "samples": 40, "batch_size": 1, "epochs": 3}
OTHER = {"timesteps": 5, "features": 3, "units": 7, "samples": 50, "batch_size": 16, "epochs": 4}
TANH, TEXTBOOK = {"activation": "tanh"}, {"activation": "tanh", "reset_after": False, "use_bias": False}
CASES: dict[str, dict[str, Any]] = {
    "elman": {"layer": "SimpleRNN", "options": TANH, **SEQUENCE},
    "lstm": {"layer": "LSTM", "options": TANH, **ONE_STEP},
    "gru": {"layer": "GRU", "options": TANH, **ONE_STEP},
    "gru_textbook": {"layer": "GRU", "options": TEXTBOOK, **SEQUENCE},
    "lstm_sequence": {"layer": "LSTM", "options": TANH, **SEQUENCE},
    "elman_sigmoid": {"layer": "SimpleRNN", "options": {"activation": "sigmoid"}, **OTHER},
    "gru_sequence": {"layer": "GRU", "options": TANH, **OTHER},
    "gru_textbook_one_step": {"layer": "GRU", "options": TEXTBOOK, **ONE_STEP},
}
NAMES = ("kernel", "recurrent_kernel", "bias")


def train(case: dict[str, Any], seed: int) -> dict[str, np.ndarray]:
    """Data, weights and predictions before and after `fit`, and the loss of every epoch."""
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    timesteps, features, samples = case["timesteps"], case["features"], case["samples"]
    x = random.random((samples, timesteps, features), np.float32)
    y = random.random((samples, timesteps), np.float32)
    x_test = random.random((10, timesteps, features), np.float32)

    cell = getattr(keras.layers, case["layer"])(case["units"], **case["options"])
    dense = keras.layers.Dense(1)
    model = keras.Sequential([keras.Input((timesteps, features)), cell, dense])
    for weight in model.weights:
        if weight.name == "bias":
            weight.assign(random.uniform(-0.3, 0.3, weight.shape))
    optimizer = keras.optimizers.Adam(ADAM["lr"], ADAM["beta_1"], ADAM["beta_2"], ADAM["eps"])
    model.compile(optimizer=optimizer, loss="mean_squared_error")

    def weights(state: str) -> dict[str, np.ndarray]:
        named = {f"{state}.cell.{name}": w for name, w in zip(NAMES, cell.get_weights(), strict=False)}
        return named | {f"{state}.dense.{name}": w for name, w in zip(NAMES[::2], dense.get_weights(), strict=True)}

    arrays = {"x": x, "y": y, "x_test": x_test, "predictions_initial": model.predict(x_test, verbose=0)}
    arrays |= weights("initial")
    history = model.fit(x, y, batch_size=case["batch_size"], epochs=case["epochs"], shuffle=False, verbose=0)
    arrays |= weights("final")
    epoch_loss = np.array(history.history["loss"])
    return arrays | {"epoch_loss": epoch_loss, "predictions_final": model.predict(x_test, verbose=0)}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    index: dict[str, Any] = {"keras": keras.__version__, "backend": keras.backend.backend(), "cases": {}}
    for seed, (name, case) in enumerate(CASES.items()):
        arrays = train(case, seed)
        np.savez(folder / f"{name}.npz", **arrays)
        shapes = {key: list(array.shape) for key, array in arrays.items()}
        index["cases"][name] = {**case, "shuffle": False, "optimizer": ADAM, "arrays": shapes}
        print(f"{name}: loss {arrays['epoch_loss'][0]:.4f} -> {arrays['epoch_loss'][-1]:.4f}")
    (folder / "index.json").write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
