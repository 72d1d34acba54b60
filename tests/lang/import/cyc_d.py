import cyc_c
try:
    cyc_c.V
except AttributeError as e:
    print(str(e).split("(")[0].strip())
def val():
    return cyc_c.V
