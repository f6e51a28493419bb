"""How an experiment's replicates are trained."""
