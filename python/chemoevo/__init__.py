"""Cancer therapy as a branching process: how likely is cure, and if it fails, which clone comes back and when?"""

import lazy_loader

# What is public, and where it lives, is written once: in `__init__.pyi`, for type checkers and for this line alike.
# Everything is loaded when it is first used, so `import chemoevo` is quick.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
