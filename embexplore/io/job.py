"""What a call of `write` will do to the disk, decided once: new cube, added years, or replaced ones."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from embexplore.cube import schema
from embexplore.cube.conventions import read_grid
from embexplore.cube.schema import Provenance
from embexplore.cube.years import describe_years
from embexplore.errors import AlreadyExists, CRSMismatch, InvalidInput, NotACube, VariantMismatch
from embexplore.io import disk
from embexplore.io.journal import Journal
from embexplore.io.layout import Layout
from embexplore.io.plan import Plan
from embexplore.io.stored_cube import PARTIAL, StoredGroup, read_levels_of

JOURNAL = ".journal"


@dataclass(frozen=True)
class Job:
    """One write.

    Attributes
    ----------
    kind : str
        `new` (or a whole cube overwritten), `append`, or `replace` (years of a cube overwritten).
    out, target : Path
        The cube, and where files go until the commit: `OUT.partial`, or the cube itself for `append`.
    layout : Layout
        Of the finished cube.
    years : tuple of int
        To be written now.
    """

    kind: str
    out: Path
    target: Path
    layout: Layout
    years: tuple[int, ...]


@contextmanager
def claim(out: Path) -> Iterator[Journal]:
    """The journal of a cube, locked; an empty one leaves no file behind."""
    with Journal.open(out.with_name(out.name + JOURNAL)) as journal:
        try:
            yield journal
        finally:
            if not journal.header:
                journal.remove()


def prepare(out: Path, plan: Plan, journal: Journal, *, overwrite: bool, append: bool) -> Job:
    """Check that the write may happen, resume its journal or start one, and lay out the target."""
    job, base = _plan_job(out, plan, overwrite=overwrite, append=append)
    header = {"plan": plan.digest, "kind": job.kind, "base": base}
    if _is_same(journal, header):
        if job.target != out:  # an earlier try may have come as far as this; no file may change under it
            (job.target / "zarr.json").unlink(missing_ok=True)
        return job
    if journal.entries and not overwrite:  # a try that wrote nothing holds nobody up
        raise InvalidInput(
            f"{journal.path} belongs to another, unfinished write of this cube (other source, years or options). "
            f"Run that one again to finish it, or delete {journal.path.name} to give it up."
        )
    with disk.writing(out):
        _discard(job)
        journal.start(header)
        job.target.mkdir(parents=True, exist_ok=True)
        disk.sync_folder(out.parent)
    if job.kind == "replace":
        _link_kept_years(job)
    return job


def _is_same(journal: Journal, header: dict[str, str]) -> bool:
    return bool(journal.header) and all(journal.header.get(key) == value for key, value in header.items())


def _plan_job(out: Path, plan: Plan, *, overwrite: bool, append: bool) -> tuple[Job, str]:
    partial = out.with_name(out.name + PARTIAL)
    root = out / "zarr.json"
    if not root.exists():
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise AlreadyExists(f"{out} exists and is not a cube: it is not overwritten. Choose another name.")
        if out.exists():
            out.rmdir()
        return Job("new", out, partial, Layout.make(plan, plan.years), plan.years), ""
    base = disk.sha256(root.read_bytes())
    if not append:
        if not overwrite:
            raise AlreadyExists(
                f"{out} already exists. Choose another name, or overwrite it (overwrite=True, --overwrite)."
            )
        return Job("new", out, partial, Layout.make(plan, plan.years), plan.years), base
    there, plan, attrs = _fit(out, plan)
    clash = sorted(set(there) & set(plan.years))
    if clash and not overwrite:
        raise AlreadyExists(
            f"year={', '.join(map(str, clash))}: {out} already has {describe_years(there)}. "
            "Leave these years out, or overwrite them (overwrite=True, --overwrite)."
        )
    layout = Layout.make(plan, (*there, *(year for year in plan.years if year not in there)), attrs)
    if clash:
        return Job("replace", out, partial, layout, plan.years), base
    return Job("append", out, out, layout, plan.years), base


def _fit(out: Path, plan: Plan) -> tuple[tuple[int, ...], Plan, dict[str, object]]:
    """The years of the cube at `out`, the plan in that cube's layout, its attributes; refused where they differ."""
    group = read_levels_of(out)[""]
    if schema.ATTRS not in group.attrs:
        raise NotACube(f"{out}: no attribute {schema.ATTRS!r}: years are added only to cubes that embexplore wrote.")
    ours = group.attrs[schema.ATTRS]
    _same_grid(out, plan, group)
    provenance = Provenance.from_dict(ours["provenance"])
    if provenance.variant != plan.provenance.variant:
        raise VariantMismatch(
            f"{out} holds {provenance.variant}, the new years are {plan.provenance.variant}: "
            "their vectors are not comparable. Write them to a cube of their own."
        )
    _same_codecs(out, plan, group)
    array = group.arrays[plan.codecs[0].variable]
    whole = max(plan.grid.shape)
    chunk = int(ours.get("chunk", plan.chunk))
    shard = int(max(array.shards[-2:])) if array.is_sharded and whole > chunk else None
    attrs = {key: value for key, value in ours.items() if key in plan.attrs}
    plan = replace(
        plan,
        provenance=provenance,
        chunk=chunk,
        shard=shard,
        compression=ours.get("compression", "default"),
        attrs={**plan.attrs, **attrs},
    )
    years = tuple(int(year) for year in group.load(schema.TIME))
    _same_layout(out, Layout.make(plan, years), group)
    return years, plan, group.attrs


def _same_grid(out: Path, plan: Plan, group: StoredGroup) -> None:
    from pyproj import CRS

    grid = read_grid(group.attrs)
    if grid is None:
        raise NotACube(f"{out}: no `spatial` convention with transform and shape among its attributes.")
    if CRS.from_user_input(grid.crs) != CRS.from_user_input(plan.grid.crs):
        raise CRSMismatch(
            f"{out} is in {grid.crs}, the new years are in {plan.grid.crs}. Bring them onto one grid first."
        )
    if grid.shape != plan.grid.shape or not np.allclose(grid.transform, plan.grid.transform, rtol=1e-12, atol=1e-9):
        raise CRSMismatch(
            f"{out} has grid {grid.shape} at {grid.transform}, the new years {plan.grid.shape} at {plan.grid.transform}: "
            "expected the very same pixels."
        )


def _same_codecs(out: Path, plan: Plan, group: StoredGroup) -> None:
    there = group.codecs()
    for codec in plan.codecs:
        other = there.get(codec.variable)
        if other is None or other.to_dict() != codec.to_dict() or set(there) != {c.variable for c in plan.codecs}:
            names = {variable: c.name for variable, c in there.items()}
            raise VariantMismatch(
                f"{out} is encoded as {names}, the new years as { {c.variable: c.name for c in plan.codecs} }. "
                "Encode them with the cube's own codecs."
            )
        is_equal = all(np.array_equal(other.parameters[name], values) for name, values in codec.parameters.items())
        if codec.variable not in plan.per_chunk and not is_equal:
            raise VariantMismatch(
                f"{out}: its {codec.name!r} codec was fitted on other data than that of the new years, "
                "so codes would not be comparable. Encode them with the cube's own codec."
            )


def _same_layout(out: Path, layout: Layout, group: StoredGroup) -> None:
    for name, array in layout.arrays[0].items():
        other = group.arrays.get(name)
        facts = ("shape", "chunks", "shards", "dims", "codec")
        if other is None or any(getattr(other, fact) != getattr(array, fact) for fact in facts):
            raise InvalidInput(
                f"{out}: its array {name!r} is laid out otherwise than this version writes it. "
                "Copy the cube with `embexplore.save_cube` and add the years to the copy."
            )


def _discard(job: Job) -> None:
    """Remove what an abandoned write has left: a partial cube, or files of years that were never committed."""
    partial = job.out.with_name(job.out.name + PARTIAL)
    if partial.exists():
        shutil.rmtree(partial)
    if job.kind != "append":
        return
    slots = len(job.layout.years) - len(job.years)
    for array in (array for level in job.layout.arrays for array in level.values() if array.dims[0] == schema.TIME):
        for entry in (job.target / array.path / "c").glob("*"):
            if re.fullmatch(r"\d+", entry.name) and int(entry.name) >= slots:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _link_kept_years(job: Job) -> None:
    """Bring the years that stay into the new cube, without copying them."""
    kept = [slot for slot, year in enumerate(job.layout.years) if year not in job.years]
    for array in (array for level in job.layout.arrays for array in level.values() if array.dims[0] == schema.TIME):
        for slot in kept:
            first = job.out / array.path / "c" / str(slot)
            for source in [first] if first.is_file() else first.rglob("*"):
                if source.is_file():
                    disk.link(source, job.target / source.relative_to(job.out))
