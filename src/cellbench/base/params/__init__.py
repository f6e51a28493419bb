"""params.yaml as checked models, and the random numbers that its seed begins."""
