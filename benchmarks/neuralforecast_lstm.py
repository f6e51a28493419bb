"""neuralforecast's LSTM, 1,000 steps of one seed: `python neuralforecast_lstm.py TABLE HORIZON FORECASTS`.

As it comes, but that series shorter than its window are filled up, without which it takes none of them. TABLE has the
columns unique_id, ds, y; the forecasts get its form. The last line printed is the seconds for training
and forecasting. It runs in an environment of its own, made from neuralforecast-requirements.txt.
"""

import sys
import time

import pandas as pd
from neuralforecast import NeuralForecast
from neuralforecast.models import LSTM

table, horizon, forecasts = pd.read_csv(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
start = time.perf_counter()
network = NeuralForecast(models=[LSTM(h=horizon, start_padding_enabled=True, enable_progress_bar=False)], freq=1)
network.fit(table)
found = network.predict()
seconds = time.perf_counter() - start
found.reset_index().rename(columns={"LSTM": "y"})[["unique_id", "ds", "y"]].to_csv(forecasts, index=False)
print(seconds)
