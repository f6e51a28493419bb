"""From a series in whatever form to the samples of a dataset."""
