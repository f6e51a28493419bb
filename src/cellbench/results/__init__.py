"""What came out, as report and publish read it: each experiment's result, and those on one dataset."""
