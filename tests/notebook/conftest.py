from empty_projects import _no_store_from_outside

__all__ = ["_no_store_from_outside"]
