from empty_projects import _no_store_from_outside, project

__all__ = ["_no_store_from_outside", "project"]
