"""How good forecasts are, what a cell must beat, and whether a difference is real."""
