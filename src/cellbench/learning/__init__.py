"""A network learns from samples: mini-batches, losses, engines."""
