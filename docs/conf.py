"""The documentation: Sphinx with MyST and Furo; `make docs` builds it, warnings are errors."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import generate  # noqa: E402 - found by the line above

import digest  # noqa: E402

project = "digest"
release = version = digest.__version__
extensions = ["myst_parser", "sphinx_copybutton"]
exclude_patterns = ["*.py"]
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "fieldlist"]
html_theme = "furo"
html_title = "digest"
html_static_path: list[str] = []
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b6e69", "color-brand-content": "#0b6e69"},
    "dark_css_variables": {"color-brand-primary": "#6fd3c8", "color-brand-content": "#6fd3c8"},
}
copybutton_prompt_text = "$ "
highlight_language = "text"

generate.write(HERE)
