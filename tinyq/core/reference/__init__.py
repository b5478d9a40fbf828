"""Every kernel in NumPy integers, one file an operator: the truth that C and all variants are compared with.

All functions take (params, dims, inputs..., constants...) as the C kernels do, with arrays of the shapes
that `dims` states, and return a new array. The integers are those of TFLite Micro's reference kernels
(double rounding); `tinyq.graph.lowering` has checked that no 32-bit accumulator can overflow.
"""
