"""The compiled form of each cell: one file per cell, under the name that it has in `cellbench.cells`."""
