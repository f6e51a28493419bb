"""params.yaml as checked models."""
