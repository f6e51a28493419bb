"""What a training tells while it goes on, and what it leaves behind in runs/."""
