"""What a training leaves behind in runs/, and its curves while it is running."""
