"""Settings of the documentation site: ``make docs`` builds it.

The source folder is the root of the repository, so that links from a page to
a config's README or to CONTRIBUTING.md work here and on GitHub alike.
"""

from geokr_mm import __version__

project = 'geokr_mm'
author = 'The geokr_mm authors'
copyright = author
version = release = __version__

root_doc = 'docs/index'
include_patterns = ['docs/*.md', 'configs/*/README.md', 'CONTRIBUTING.md']
extensions = ['myst_parser', 'sphinx.ext.autodoc', 'sphinx.ext.napoleon']
myst_heading_anchors = 4

autodoc_member_order = 'bysource'
autodoc_typehints = 'description'
autodoc_typehints_description_target = 'documented'
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = 'furo'
html_title = f'geokr_mm {version}'
html_copy_source = False
html_show_sourcelink = False
