"""The numbers that plots draw, as polars frames: no matplotlib is needed for them."""
