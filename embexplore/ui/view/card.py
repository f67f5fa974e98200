"""The card over the map: what to do first, what to do next. Made anew only where it says something else."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import ipywidgets as ipw

from embexplore.ui.view import parts
from embexplore.ui.view.tree import replace


@dataclass(frozen=True)
class Chip:
    """A button of a card."""

    label: str
    action: Callable[[], object] = field(compare=False)
    css: str = "emx-chip"


@dataclass(frozen=True)
class Card:
    """What a card says and offers.

    Attributes
    ----------
    words : str
        HTML that we wrote.
    chips : tuple of Chip
    note : str
        Quiet HTML before the chips.
    css : tuple of str
        Classes of the stylesheet.
    about : hashable
        What its chips are about, where labels do not say it: cards about another place are other cards.
    """

    words: str
    chips: tuple[Chip, ...] = ()
    note: str = ""
    css: tuple[str, ...] = ()
    about: Hashable = None


class CardBox:
    """Where a card lies."""

    def __init__(self) -> None:
        self._card: Card | None = None
        self._words = parts.text()
        self._note = parts.text("", "emx-muted", "emx-hidden")
        self.chips = parts.styled(ipw.HBox([self._note]), "emx-chips")
        self._body = ipw.VBox([self._words, self.chips])
        self.root = parts.styled(ipw.VBox([self._body]), "emx-card", "emx-start", "emx-hidden")

    def show(self, card: Card | None) -> None:
        """This card, or none."""
        if card == self._card:
            return
        self._card = card
        parts.show(self.root, shown=card is not None)
        card = card or Card("")
        self._words.value, self._note.value = card.words, card.note
        self._body._dom_classes = card.css  # noqa: SLF001  # add_class would tell each class by itself
        parts.show(self._note, shown=bool(card.note))
        parts.show(self.chips, shown=bool(card.chips))
        made = [parts.button(chip.label, chip.action, chip.css) for chip in card.chips]
        replace(self.chips, [self._note, *made])
