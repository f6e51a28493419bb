"""What a training tells while it goes on, what it leaves behind in runs/, and what makes two the same."""
