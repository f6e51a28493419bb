"""What every stage is built on: params.yaml checked, datasets as they lie on disk, files written whole or not."""
