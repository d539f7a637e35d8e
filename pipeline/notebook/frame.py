"""A page -> a frame of a notebook, which keeps its styles and its script to itself."""

import html


def in_frame(page: str, height: int) -> str:
    """The page as `_repr_html_` gives it; nothing of it can reach the notebook or the network."""
    return (
        f'<iframe sandbox="allow-scripts" style="width: 100%; height: {height}px; border: 0" '
        f'srcdoc="{html.escape(page)}"></iframe>'
    )
