"""Which recurrent cell forecasts best, by how much, and is it real?"""
