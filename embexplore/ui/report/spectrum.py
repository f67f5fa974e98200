"""The spectrum as a picture: how much of the variance the first axes hold, and where intrinsic dimension lies."""

from collections.abc import Sequence
from itertools import accumulate

WIDTH, HEIGHT = 640.0, 230.0
LEFT, RIGHT, TOP, BOTTOM = 48.0, 16.0, 14.0, 42.0
SHARES = (0.5, 0.8, 0.9, 0.95, 1.0)


def spectrum_plot(shares: Sequence[float]) -> str:
    """Bars of each axis's share, and the line of their sum, as SVG."""
    n = len(shares)
    wide, high = (WIDTH - LEFT - RIGHT) / n, HEIGHT - TOP - BOTTOM
    sums = list(accumulate(shares))

    def y(share: float) -> float:
        return TOP + (1 - share) * high

    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(f'<path class="grid" d="M{LEFT:g} {y(share):.1f}H{WIDTH - RIGHT:g}"/>')
        words = f"{100 * share:.0f}\u00a0%"
        parts.append(f'<text class="tick" x="{LEFT - 8:g}" y="{y(share) + 4:.1f}" text-anchor="end">{words}</text>')
    for number, (share, total) in enumerate(zip(shares, sums, strict=True)):
        x = LEFT + number * wide
        title = f"<title>axis {number + 1}: {100 * share:.1f} %, together {100 * total:.1f} %</title>"
        bar = f'x="{x + wide * 0.12:.2f}" y="{y(share):.1f}" width="{wide * 0.76:.2f}" height="{high * share:.1f}"'
        parts.append(f'<rect class="column" {bar}>{title}</rect>')
    way = " L".join(f"{LEFT + (number + 0.5) * wide:.1f} {y(total):.1f}" for number, total in enumerate(sums))
    parts.append(f'<path class="front" d="M{way}"/>')
    for axis in _ticks(n):
        x = LEFT + (axis - 0.5) * wide
        parts.append(
            f'<text class="tick" x="{x:.1f}" y="{HEIGHT - BOTTOM + 18:.1f}" text-anchor="middle">{axis}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text class="axis" x="{middle:.1f}" y="{HEIGHT - 6:g}" text-anchor="middle">principal axes</text>')
    label = "Share of the variance along each principal axis, and their sum"
    return f'<svg class="spectrum" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _ticks(n: int) -> list[int]:
    """1, 2, 4, 8 … and the last."""
    powers = [2**power for power in range(n.bit_length()) if 2**power <= n * 0.8]
    return [*(axis for axis in powers if axis == 1 or axis * 24 >= n), n]
