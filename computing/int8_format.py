"""How numbers are kept in 8 bits, on both sides of a product: weights, and the rows that they are multiplied with."""

BLOCK = 64  # numbers that are rotated together, at most
STEPS = 127  # on either side of 0
ZERO = 128  # where 0 lies in the rows' unsigned bytes: the kernels multiply unsigned by signed
TINY = 1e-12  # a row of zeros has a scale, too
