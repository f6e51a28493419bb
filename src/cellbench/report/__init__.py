"""What came out: in sentences, tables and figures."""
