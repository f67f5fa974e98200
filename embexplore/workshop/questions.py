"""The questions of the lessons: what kind of answer each takes, how the right one is worked out, and what to say.

`truth` asks the island with the functions that the lesson teaches, so numbers and answers cannot drift apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from embexplore.workshop import answers
from embexplore.workshop.kinds import Kind, Name, Number

Mistake = tuple[Callable[[], Any], str]
"""What somebody gets who makes a known mistake, and the sentence that leads out of it."""


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes
    ----------
    kind : Kind
    truth : callable
        Works the right answer out.
    hint : str
        Said after a wrong answer. It points at the way, never at the answer.
    lesson : str
        Said after the right one: what it means.
    mistakes : tuple of Mistake
        Answers that tell what went wrong.
    """

    kind: Kind
    truth: Callable[[], Any]
    hint: str
    lesson: str
    mistakes: tuple[Mistake, ...] = ()


_YEAR = Number(0, 2017)

QUESTIONS: dict[str, Question] = {
    "00-a": Question(
        _YEAR,
        answers.year_of_the_reservoir,
        "The line shows a change at the later year of each pair. Which point of it is the highest?",
        "Water rose over the meadow in that year; before and after, the pixel moved by the usual noise only.",
    ),
    "01-a": Question(
        Number(1, 12.0),
        lambda: answers.megabytes(bytes_each=4),
        "Multiply years, dimensions, rows and columns, then the bytes of one number; 1 megabyte is 1 000 000 bytes.",
        "Four times what the codes take, and nobody could tell the maps apart.",
        (
            (lambda: answers.megabytes(bytes_each=1), "That is with one byte a number, as on disk."),
            (lambda: answers.megabytes(bytes_each=4) / 1.048576, "You divided by 1 048 576: that makes mebibytes."),
        ),
    ),
    "01-b": Question(
        Name(answers.PLACES),
        lambda: answers.nearest_place("Wetland"),
        "Take the row of the wetland in `cosines`, leave out the wetland itself, and find the largest value.",
        "Both are ground that is wet for a part of the year.",
        ((lambda: "Wetland", "That is the wetland itself: every vector has cosine 1 with itself."),),
    ),
    "02-a": Question(
        Number(1, 12.5),
        lambda: answers.percent_alike(of_all=False),
        "Count the pixels of `score` that are at least 0.9, and divide by the number of those that are not NaN.",
        "A small part of the island, and nearly all of it where the pivots are.",
        ((lambda: answers.percent_alike(of_all=True), "You divided by all pixels, those without data too."),),
    ),
    "02-b": Question(
        Number(0, 12),
        lambda: answers.pivots_found(("Pivot, north", "Pivot, south")),
        "Search with `both`, and take `top` and the classes of that score as before.",
        "The second example took out what was special about the first.",
        ((lambda: answers.pivots_found(("Pivot, north",)), "That is with the first example alone."),),
    ),
    "03-a": Question(
        Number(1, 3.5),
        answers.percent_beyond_noise,
        "Count the pixels of `change` above `noise.floor`, and divide by the number of those that are not NaN.",
        "One pixel in a hundred would pass without any change. This is far more, and most of it is fields.",
    ),
    "03-b": Question(
        Number(0, 3),
        answers.regions_planted,
        "For each geometry of `regions`, ask whether any planted change intersects it, and count.",
        "The others are fields: their vectors changed, their land cover did not.",
    ),
    "04-a": Question(
        Number(0, 12),
        lambda: answers.directions_for(0.9),
        "`held[0]` belongs to one direction, `held[1]` to two. Where does it first reach 0.9?",
        "Far fewer than 64: lesson 06 makes use of that.",
        ((lambda: answers.directions_for(0.9) - 1, "Nearly: Python counts from 0, directions count from 1."),),
    ),
    "04-b": Question(
        Name(("yes", "no", "cannot tell")),
        lambda: "cannot tell",
        "Look at the two pictures above. They show the same pixels of the same year.",
        "Colors can be compared only where one PCA made them. Ask `change` instead.",
    ),
    "05-a": Question(
        Number(0, 9),
        answers.group_of_the_lakes,
        "`groups.values[cover.values == 1]` are the groups of all lake pixels, for lake is class 1. Count them.",
        "Sea, lakes and rivers share a group: k-means cuts where pixels differ, whatever we call them.",
    ),
    "05-b": Question(
        Number(1, 50.5),
        lambda: answers.percent_mapped_right("logistic"),
        'Fit the classifier again with method="logistic", classify again, and run the cell that makes `right`.',
        "The same points and vectors: how they are used matters too.",
        ((lambda: answers.percent_mapped_right("neighbors"), "That is with nearest neighbors."),),
    ),
    "06-a": Question(
        Number(0, 12),
        lambda: answers.nearest_kept("int3"),
        'Put "int3" among the `names`, run the cells again, and read its point; or `len(best["int3"] & truly)`.',
        "It costs 24 bytes a pixel: between four bits and two in both.",
        (
            (lambda: answers.nearest_kept("int4"), "That is int4."),
            (lambda: answers.nearest_kept("int2"), "That is int2."),
        ),
    ),
    "06-b": Question(
        Number(1, 50.5),
        lambda: 100 * answers.flipped("binary"),
        "It is in the column `change_flipped`, as a fraction; round it after you made it a percentage.",
        "A change is a small difference of two vectors: it suffers first.",
        ((lambda: answers.flipped("binary"), "That is a fraction: times 100, please."),),
    ),
    "06-c": Question(
        Number(1, 50.5),
        lambda: 100 * (answers.told_right("random") - answers.told_right("spatial")),
        "Take the two rows of float32 in `told`, subtract the accuracies, and make a percentage of that.",
        "Random points flatter every map: a neighbor told them. Two bits a number cost less than this.",
        (
            (
                lambda: answers.told_right("random") - answers.told_right("spatial"),
                "That is a fraction: times 100, please.",
            ),
            (
                lambda: 100 * (answers.told_right("spatial") - answers.told_right("random")),
                "The other way round: what is lost from random points to blocks.",
            ),
        ),
    ),
    "06-d": Question(
        Number(1, 50.5),
        lambda: answers.terabytes(1),
        "Take the same line with the weight of binary codes.",
        "It fits on the disks of one server.",
        ((lambda: answers.terabytes(8), "That is with one byte a number."),),
    ),
    "07-a": Question(
        Number(0, 12),
        lambda: 2 * answers.bytes_of_a_pixel(),
        "How many bands has a pixel in one year, how many bytes has each, and how many years are there?",
        "The same as in the files: ingest neither decodes nor adds.",
        (
            (answers.bytes_of_a_pixel, "That is one year."),
            (lambda: 8 * answers.bytes_of_a_pixel(), "That is with four bytes a number: look at the dtype."),
        ),
    ),
    "07-b": Question(
        Number(2, 0.12),
        answers.median_length_of_linear_codes,
        "Read the sentence that the refused file gave: it names the median length that it found.",
        "A check of lengths costs nothing, and catches what looks right on a map.",
    ),
    "08-a": Question(
        Number(1, 12.5),
        lambda: 100 * answers.accuracy_by_blocks(24),
        "Make `blocks` again with 24 in place of 48 (in both places), then run the line with GroupKFold.",
        "The smaller the blocks, the nearer the neighbors that give the answer away.",
        (
            (lambda: 100 * answers.accuracy_by_blocks(48), "That is with blocks of 48."),
            (lambda: answers.accuracy_by_blocks(24), "That is a fraction: times 100, please."),
        ),
    ),
    "08-b": Question(
        Number(0, 12),
        lambda: 100 * answers.share_of_change_found(),
        "Of the pixels where `became_other` is true and there is data, take the mean of `new`.",
        "Nearly all of it, in a map of half the size.",
        ((lambda: 100 * answers.share_of_map_true(), "That is how much of the map is right, not how much it finds."),),
    ),
    "08-c": Question(
        Number(0, 12),
        lambda: answers.overflown_product("Old forest"),
        "Take the row and column of the old forest, then `np.dot` of its int8 codes with themselves.",
        "Any number may come out, also a positive one. Nothing warns you.",
        (
            (
                lambda: answers.whole_product("Old forest"),
                "That is the sum in larger integers; what do single bytes give?",
            ),
        ),
    ),
}
