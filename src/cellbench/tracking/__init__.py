"""MLflow as a projection of the DVC outputs: one run a result, one child run a replicate, rebuilt whenever missing.

`provenance.py` derives a result's key from what DVC recorded about its inputs, `revisions.py` lays out the results of
another revision, `store.py` opens MLflow, `publishing.py` finds what is not there yet, and `projection.py` makes the
`runs.py` of it, with the `model.py` and its place in the `registry.py`. `live.py` shows a training that goes on.
"""
