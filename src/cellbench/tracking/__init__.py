"""MLflow as a projection of the DVC outputs: one run a result, one child run a replicate, rebuilt whenever missing.

`provenance.py` derives a result's key from what DVC recorded about its inputs, `revisions.py` lays out the results of
another revision, `store.py` opens MLflow, and `publishing.py` makes the runs that are not there yet.
"""
