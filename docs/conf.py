"""The documentation site, which `make docs` builds."""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from chemoevo import __version__  # noqa: E402

# As wide as the column of text: printed tables follow it.
os.environ["COLUMNS"] = "96"

project = "chemoevo"
author = "The chemoevo developers"
copyright = author  # noqa: A001
version = release = __version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx_design",
    "docs._ext.api_pages",
    "docs._ext.drug_catalog",
    "docs._ext.literature",
    "docs._ext.mechanism_catalog",
    "docs._ext.regimen_catalog",
    "docs._ext.outside_links",
    "docs._ext.scenario_fields",
    "docs._ext.scenario_gallery",
    "docs._ext.table_columns",
]
# docs/README.md is the index for readers of the sources; the site has its own.
exclude_patterns = ["README.md", "_build", "_ext", "**/.ipynb_checkpoints"]

# What stands in single backticks in a docstring is code, and a link where it is a public name.
default_role = "py:obj"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
toc_object_entries_show_parents = "hide"

myst_enable_extensions = ["colon_fence", "substitution"]
myst_substitutions = {"rust": tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["rust-version"]}
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 60
nb_execution_show_tb = True
nb_merge_streams = True
# Nothing is loaded from other hosts.
nb_ipywidgets_js: dict[str, dict[str, str]] = {}

html_theme = "pydata_sphinx_theme"
html_title = "chemoevo"
html_static_path = ["_static"]
html_css_files = ["chemoevo.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "chemoevo"},
    "navbar_align": "left",
    "header_links_before_dropdown": 8,
    "show_prev_next": False,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_center": ["advice"],
    "footer_end": ["sphinx-version"],
}
html_sidebars: dict[str, list[str]] = {"index": [], "install": []}
templates_path = ["_templates"]
