"""Stage `check`: is params.yaml right, and are the files that it names there?"""
