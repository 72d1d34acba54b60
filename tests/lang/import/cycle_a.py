from cycle_b import b
a = 1
