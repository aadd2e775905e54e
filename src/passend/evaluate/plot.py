"""The report as a picture: every method's value with its interval, one panel a measure, as an SVG file."""

from html import escape
from math import isfinite

from passend.evaluate.protocols import OURS
from passend.evaluate.report import HEADLINE, EvaluationReport

_WIDTH, _LEFT, _RIGHT, _ROW, _HEAD = 760, 230, 90, 22, 34


def plot(report: EvaluationReport) -> str:
    """Draw the headline measures.

    Args:
        report: what an evaluation found.

    Returns:
        the SVG as text: bars from 0, whiskers for the 95 % intervals, figures at the end of each row.
    """
    names = [
        name for name in HEADLINE if any(row.measure == name and isfinite(row.value) for row in report.rows)
    ]
    parts: list[str] = []
    y = _HEAD
    for name in names:
        # What could not be measured (NaN) is left out.
        rows = sorted(
            (row for row in report.rows if row.measure == name and isfinite(row.value)),
            key=lambda row: -row.value,
        )
        longest = max(row.high for row in rows)
        scale = (_WIDTH - _LEFT - _RIGHT) / longest if longest > 0 else 0.0
        parts.append(f'<text x="12" y="{y}" font-weight="bold">{escape(name)}</text>')
        for row in rows:
            y += _ROW
            colour = "#1b6e53" if row.method == OURS else "#9aa5ad"
            low, high = _LEFT + row.low * scale, _LEFT + row.high * scale
            parts += [
                f'<text x="{_LEFT - 8}" y="{y}" text-anchor="end">{escape(row.method)}</text>',
                f'<rect x="{_LEFT}" y="{y - 12}" width="{max(row.value * scale, 0):.1f}" height="14" fill="{colour}"/>',
                f'<path d="M {low:.1f} {y - 5} H {high:.1f}" stroke="#222" stroke-width="1.5"/>',
                f'<text x="{_WIDTH - _RIGHT + 8}" y="{y}">{row.value:.4f}</text>',
            ]
        y += _HEAD + 6
    title = escape(f"{report.protocol}: {report.judged:,} judged; bars are means, lines 95 % intervals")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" width="{_WIDTH}" height="{y}" '
        f'font-family="sans-serif" font-size="13" role="img">\n<title>{title}</title>\n'
        f'<rect width="100%" height="100%" fill="white"/>\n'
        + "\n".join(parts)
        + f'\n<text x="12" y="{y - 8}">{title}</text>\n</svg>\n'
    )
