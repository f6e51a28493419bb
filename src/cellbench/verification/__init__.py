"""Are the stored results what their commit gives, byte by byte or nearly?"""
