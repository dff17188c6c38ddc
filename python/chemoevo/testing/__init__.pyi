# What `chemoevo.testing` offers, and where it lives. `__init__.py` reads this file.
from .strategies import initial_states as initial_states
from .strategies import observation_times as observation_times
from .strategies import probabilities as probabilities
from .strategies import processes as processes
from .strategies import rates as rates
from .strategies import schedules as schedules
from .strategies import seeds as seeds
from .strategies import stops as stops
from .transformations import merged as merged
from .transformations import refined as refined
from .transformations import relabeled as relabeled
from .transformations import rescaled as rescaled
from .transformations import split as split
