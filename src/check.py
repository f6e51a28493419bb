"""Not a stage: check params.yaml before DVC reads it, so that a mistake is named by its key, not by its consequence."""

from cellbench.cli import run_stage

if __name__ == "__main__":
    run_stage(lambda params: None)
