"""The notebook's own Keras code for one experiment: `python notebook.py lstm` runs it as it stands, 100 epochs.

`python notebook.py lstm --measure` fits one epoch to warm up and two more, and prints the seconds per optimiser step of
these. It runs in an environment of its own, made from keras-requirements.txt.
"""

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from keras.layers import GRU, LSTM, Dense, SimpleRNN
from keras.models import Sequential

LAYERS = {"elman": (SimpleRNN, 11, 32), "lstm": (LSTM, 1, 1), "gru": (GRU, 1, 1)}
SAMPLES, FEATURES = 1000, 4

layer, timesteps, batch_size = LAYERS[sys.argv[1]]
X = np.random.rand(SAMPLES, timesteps, FEATURES)
y = np.random.rand(SAMPLES, timesteps)

model = Sequential()
model.add(layer(4, activation="tanh", input_shape=(timesteps, FEATURES)))
model.add(Dense(1))
model.compile(optimizer="adam", loss="mse")
if "--measure" in sys.argv:
    model.fit(X, y, epochs=1, batch_size=batch_size, verbose=0)
    start = time.perf_counter()
    model.fit(X, y, epochs=2, batch_size=batch_size, verbose=0)
    print((time.perf_counter() - start) / (2 * -(-SAMPLES // batch_size)))
else:
    model.fit(X, y, epochs=100, batch_size=batch_size)
    print(model.predict(np.random.rand(10, timesteps, FEATURES)))
