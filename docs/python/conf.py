"""Sphinx: the pages of the Python package. Built by scripts/docs."""
import pathlib

project = "lexicell"
version = release = (pathlib.Path(__file__).parents[2] / "VERSION").read_text().strip()
copyright = author = "the authors of lexicell"
extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_typehints = "none"  # the docstrings name types where the signature does not
autodoc_member_order = "bysource"
html_theme = "alabaster"
html_theme_options = {"description": "single cells and genes, with the help of language", "fixed_sidebar": True}
# Everything that a docstring refers to must exist; names of other projects are not looked up.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(anndata|numpy|pandas|plotly|scanpy|sklearn|AnnData|Figure|optional).*")]
