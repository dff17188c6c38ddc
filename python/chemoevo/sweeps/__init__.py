"""A model at many points: grids and samples of points, sweeps over them, and functions of points."""
