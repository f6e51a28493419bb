"""MLflow as a projection of the results: one run per experiment, one child run per replicate, rebuilt when missing.

`provenance.py` says where a result comes from and gives its key, `revisions.py` lays out the results of another
revision, `store.py` opens MLflow, and `projection.py` makes the `runs.py` of a result, with its `model.py` and that
model's place in the `registry.py`. `live.py` shows running trainings.
"""
