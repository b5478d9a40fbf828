"""Graph -> graph, one pass a file; `tinyq.convert.converter` has the order."""
