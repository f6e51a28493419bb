"""`python -m cellbench`: the command `cellbench`."""

from cellbench.commands import main

main()
