"""What `--target lce` and `--target tflite` write instead of tinyq's own operators."""
