print("helper runs")
value = 42
counter = [0]
def double(x):
    return 2 * x
if __name__ == "__main__":
    print("not this")
