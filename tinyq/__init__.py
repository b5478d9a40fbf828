"""tinyq: binary, ternary and few-bit Keras networks, packed into TFLite and run on microcontrollers."""

__version__ = "0.1.0"
