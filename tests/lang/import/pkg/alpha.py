ALPHA = "a"
def up():
    from . import name
    return name
