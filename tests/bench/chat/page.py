"""What a run of `bench chat` measured, as `docs/benchmarks.md` shows it: tables and a small chart."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

DOCS: Final = Path(__file__).resolve().parents[3] / "docs"
PAGE, CHART = DOCS / "benchmarks.md", DOCS / "benchmarks-chat.svg"
PLACE: Final = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- end of figures -->)", re.DOTALL)
HOLDS: Final = {
    "ceiling_vs_echo": "≥ 0.14",
    "cpu_vs_floor": "≤ 2.2",
    "ceiling_vs_stock": "≥ 5",
    "durable_vs_no_database": "≥ 0.80",
    "p95_minus_echo_ms": "≤ 5 ms",
    "idle_socket_vs_bare": "≤ 1.6",
    "visitor_connects_per_s": "≥ 500",
    "agent_connects_per_s": "≥ 200",
}
RUNS: Final = (
    ("echo", "echo_per_s", "echo_cpu_us"),
    ("frames alone", "frames_per_s", "frames_cpu_us"),
    ("no database", "no_database_per_s", "no_database_cpu_us"),
    ("**the chat**", "ceiling_per_s", "cpu_us"),
    ("the chat, by Daphne", "daphne_ceiling_per_s", ""),
    ("stock consumer and layer", "stock_per_s", "stock_cpu_us"),
)
# The echo would leave the others no room.
BARS: Final = (
    ("no database", "no_database_per_s", "#b9c4d0"),
    ("the chat", "ceiling_per_s", "#0b6e4f"),
    ("stock consumer", "stock_per_s", "#c98a2b"),
)
LONGEST: Final = 380


def figures(result: Mapping[str, Any]) -> str:
    """Return the tables, as Markdown."""
    lines = ["| | messages/s | µs of the server's core |", "|---|---|---|"]
    for label, per_s, cpu_us in RUNS:
        spent = f"{result[cpu_us]:,.0f}" if cpu_us else ""
        lines.append(f"| {label} | {result[per_s]:,} | {spent} |")
    lines += ["", "| figure | hold | measured | |", "|---|---|---|---|"]
    for name, hold in HOLDS.items():
        lines.append(f"| `{name}` | {hold} | {result[name]:,} | {'missed' if name in result['missed'] else 'held'} |")
    latency = ", ".join(f"{name} {result[f'{name}_ms']}" for name in ("p50", "p95", "p99"))
    lines += ["", f"At 200 messages a second on 1,000 sockets: {latency} ms."]
    lines += [f"Masking and sealing a message alone take {result['mask_and_seal_us']} µs."]
    return "\n".join(lines) + "\n"


def chart(result: Mapping[str, Any]) -> str:
    """Return the bars, as SVG."""
    most = max(result[name] for _, name, _ in BARS)
    told = ", ".join(f"{label} {result[name]:,}" for label, name, _ in BARS)
    rows = []
    for number, (label, name, colour) in enumerate(BARS):
        y, width = 16 + 34 * number, max(1, round(LONGEST * result[name] / most))
        rows.append(
            f'  <text x="8" y="{y + 14}">{label}</text>'
            f'<rect x="120" y="{y}" width="{width}" height="20" fill="{colour}"/>'
            f'<text x="{126 + width}" y="{y + 15}">{result[name]:,}</text>'
        )
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="560" height="120" viewBox="0 0 560 120" role="img" '
        f'aria-label="Messages a second: {told}" font-family="sans-serif" font-size="13" fill="#222">'
    )
    return "\n".join((head, '  <rect width="560" height="120" fill="#fff"/>', *rows, "</svg>\n"))


def write(result: Mapping[str, Any]) -> None:
    """Put both where the page has them."""
    CHART.write_text(chart(result), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(PLACE.sub(lambda _: figures(result), page), encoding="utf-8")
