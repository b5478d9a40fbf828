"""The words and the integer arithmetic that all stages share; NumPy only."""
