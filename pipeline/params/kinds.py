"""What a section can be: one class for each value of the key that tells its kinds apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.params.section import Section


@dataclass(frozen=True)
class Kinds:
    """The kinds of a section. A kind's own settings stand below its name."""

    key: str
    """Whose value names the kind."""
    classes: Mapping[str, type[Section]]
    shared: tuple[str, ...] = ()
    """Keys that several kinds have, but not all."""

    def chosen(self, found: Mapping[str, Any]) -> type[Section]:
        """The class of the kind that a section names.

        Raises:
            ValueError: it names none, or one that there is not.
        """
        known = ", ".join(self.classes)
        if self.key not in found:
            raise ValueError(f"{self.key} is missing: choose one of {known}")
        kind = found[self.key]
        if not isinstance(kind, str) or kind not in self.classes:
            raise ValueError(f"{self.key} is {kind!r}: choose one of {known}")
        return self.classes[kind]

    def read(self, found: Mapping[str, Any]) -> Section:
        """The section as its kind has it.

        Raises:
            ValueError: as `chosen` says, or (pydantic's) for a key that cannot be.
        """
        return self.chosen(found).model_validate(self.without_others(found))

    def without_others(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """The section as the chosen kind has it: what belongs to other kinds alone is dropped."""
        others = {*self.classes, *self.shared} - {*self.chosen(found).model_fields}
        return {key: value for key, value in found.items() if key not in others}
