import cyc_d
def get():
    return cyc_d.val()
V = 7
