from cycle_a import a
b = 1
