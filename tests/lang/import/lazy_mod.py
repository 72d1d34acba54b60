X = 1; print("lazy")
