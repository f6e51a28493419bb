"""What is learned and tested on, as it lies in data/."""
