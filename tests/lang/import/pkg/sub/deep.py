from ..alpha import ALPHA
from .. import name

def where():
    return name + ALPHA
