"""What a model computes, weighs and needs: NumPy only."""
