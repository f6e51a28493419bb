"""The recipe of every cell found by the same search, inside the training part."""
