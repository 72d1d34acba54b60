name = "package"
from . import alpha
from .alpha import ALPHA as A
