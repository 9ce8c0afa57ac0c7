"""The documents as a site: `.venv/bin/sphinx-build -W docs var/docs`."""

project = "Contact center"
author = "the contact center's authors"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["screens"]
html_theme = "furo"
html_title = "Contact center"
html_copy_source = False
html_show_sphinx = False
# Served from a folder without a network: no fonts, no scripts from elsewhere.
html_theme_options = {"footer_icons": []}
