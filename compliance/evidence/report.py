"""The report of a pack, for people: sections by framework, charts, every control. The same input gives the same bytes.

Text is our own, with short names and ids, so the fonts that every reader has will do.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.shapes import Drawing, Rect, String
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, PageBreak, Paragraph, SimpleDocTemplate, Table, TableStyle

from compliance.verifier.evidence import FRAMEWORKS, file_of, in_order

Controls = Sequence[Mapping[str, Any]]

INK: Final = HexColor("#1d2433")
SOFT: Final = HexColor("#5b6478")
LINE: Final = HexColor("#d5dae3")
HEAD: Final = HexColor("#eef1f6")
CLASSES: Final = {
    "disclosure": ("Reading", HexColor("#2f6fde")), "change": ("Changes", HexColor("#2e9e6b")),
    "access": ("Signing in", HexColor("#8a6fd1")), "security": ("Security", HexColor("#d98a1f")),
}  # fmt: skip
STATES: Final = {
    "ok": ("in order", HexColor("#2e9e6b")), "due": ("due", HexColor("#d9a51f")),
    "failing": ("failing", HexColor("#c93c3c")), "none": ("no data", HexColor("#aab2c0")),
}  # fmt: skip
#: Bars of a chart at most: days become weeks, and then more, until it holds them.
BARS: Final = 31
WIDTH: Final = 174 * mm
_BODY: Final = ParagraphStyle("body", fontName="Helvetica", fontSize=9, leading=12, textColor=INK)
_SMALL: Final = ParagraphStyle("small", _BODY, fontSize=7.5, leading=9.5)
_MONO: Final = ParagraphStyle("mono", _SMALL, fontName="Courier", fontSize=6.5, leading=8.5, wordWrap="CJK")
_TITLE: Final = ParagraphStyle("title", _BODY, fontName="Helvetica-Bold", fontSize=22, leading=27, spaceAfter=6)
_HEADING: Final = ParagraphStyle(
    "heading", _BODY, fontName="Helvetica-Bold", fontSize=14, leading=18, spaceBefore=10, spaceAfter=5
)
_NAME: Final = ParagraphStyle("name", _BODY, fontName="Helvetica-Bold", fontSize=10, leading=13, spaceBefore=6)


def render(manifest: Mapping[str, Any], days: Mapping[tuple[str, str], int], *, key: str) -> bytes:
    """Return the report as PDF. `days`: entries by day (ISO) and class; `key`: by which the pack is signed."""
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=18 * mm, bottomMargin=18 * mm,
        title=f"Evidence of {manifest['organisation']['slug']}", author="Hushdesk", invariant=1, pageCompression=0,
    )  # fmt: skip
    document.build(list(_story(manifest, days, key)), onFirstPage=_foot, onLaterPages=_foot)
    return out.getvalue()


def _story(manifest: Mapping[str, Any], days: Mapping[tuple[str, str], int], key: str) -> Iterator[Any]:
    controls: Controls = manifest["controls"]
    yield Paragraph(f"Evidence of {manifest['organisation']['slug']}", _TITLE)
    yield _facts(manifest, key)
    yield Paragraph("The audit trail in the period", _HEADING)
    yield _entries_chart(manifest, days)
    yield Paragraph("How controls stood, day by day", _HEADING)
    yield _states_chart([one for one in controls if sum(one["states"].values())])
    for framework, name in FRAMEWORKS.items():
        yield PageBreak()
        yield Paragraph(name, _HEADING)
        yield _section(controls, framework)
    yield PageBreak()
    yield Paragraph("Controls", _HEADING)
    for one in controls:
        yield KeepTogether(list(_control(one)))


def _facts(manifest: Mapping[str, Any], key: str) -> Table:
    chain = manifest["chain"]
    rows = [
        ("Organisation", f"{manifest['organisation']['slug']}, {manifest['organisation']['id']}", _BODY),
        ("Period", f"{manifest['from'][:19]} until {manifest['to'][:19]} (UTC)", _BODY),
        ("Entries", f"{chain['entries']}: no. {chain['first']} to {chain['through']} of the audit chain", _BODY),
        ("Head of the chain", chain["head"], _MONO),
        ("Held outside", f"by an anchor up to entry {chain['anchored']}" if chain["anchored"] else "by no anchor yet",
         _BODY),
        ("Signed by", key, _MONO),
        ("To verify", "audit_verifier.py checks signature and chain, and counts every figure again; see README.txt.",
         _BODY),
    ]  # fmt: skip
    if chain.get("expired"):
        words = f"entries 1 to {chain['expired']}, before the period: what was asked in them is not carried into it."
        rows.insert(3, ("Expired", words, _BODY))
    return Table(
        [[Paragraph(name, _SMALL), Paragraph(words, style)] for name, words, style in rows],
        colWidths=[32 * mm, WIDTH - 32 * mm], style=TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP")]), hAlign="LEFT",
    )  # fmt: skip


def _section(controls: Controls, framework: str) -> Table:
    head = [Paragraph(words, _SMALL) for words in ("Clause", "Control", "Entries", "Exceptions", "Open", "Last state")]
    rows = [
        [
            Paragraph(clause, _SMALL), Paragraph(one["plan"]["title"], _SMALL), str(one["population"]),
            str(sum(one["exceptions"])), str(one["open"]), _last(one),
        ]
        for clause, one in sorted(
            ((clause, one) for one in controls for clause in one["plan"]["clauses"].get(framework, ())),
            key=lambda pair: (in_order(pair[0]), pair[1]["plan"]["key"]),
        )
    ]  # fmt: skip
    style = [
        ("FONT", (0, 0), (-1, -1), "Helvetica", 7.5), ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("BACKGROUND", (0, 0), (-1, 0), HEAD), ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("ALIGN", (2, 0), (4, -1), "RIGHT"),
    ]  # fmt: skip
    widths = [34 * mm, 72 * mm, 16 * mm, 20 * mm, 14 * mm, 18 * mm]
    return Table([head, *rows], colWidths=widths, style=TableStyle(style), repeatRows=1, hAlign="LEFT")


def _control(one: Mapping[str, Any]) -> Iterator[Any]:
    plan = one["plan"]
    yield Paragraph(f"{plan['title']} ({plan['key']})", _NAME)
    yield Paragraph(f"Population: {plan['says']}.", _SMALL)
    where = f", no. {one['first']} to {one['last']}" if one["population"] else ""
    yield Paragraph(f"Entries: {one['population']}{where}. Asked and not answered at the end: {one['open']}.", _SMALL)
    for rule, count in zip(plan["rules"], one["exceptions"], strict=True):
        yield Paragraph(f"Exceptions, {rule['why']}: {count}", _SMALL)
    if figures := [f"{name}: {value}" for name, value in one["latest"].items()]:
        yield Paragraph(f"Last observed: {', '.join(figures)}", _SMALL)
    yield Paragraph(f"{file_of(plan['key'])} SHA-256 {one['sha256']}", _MONO)


def _last(one: Mapping[str, Any]) -> str:
    return STATES[one["latest"][one["plan"]["key"]]][0] if one["latest"] else "no data"


def _entries_chart(manifest: Mapping[str, Any], days: Mapping[tuple[str, str], int]) -> Drawing:
    """Bars of entries by day, or of so many days, stacked by class."""
    first, last = _day(manifest["from"]), _day(manifest["to"])
    count = max(1, (last - first).days + (manifest["to"][11:19] != "00:00:00"))
    step = -(-count // BARS)
    starts = [first + timedelta(days=at) for at in range(0, count, step)]
    sums = {name: [0] * len(starts) for name in CLASSES}
    for (day, name), entries in days.items():
        sums[name][(_day(day) - first).days // step] += entries
    drawing = Drawing(WIDTH, 62 * mm)
    chart = VerticalBarChart()
    chart.x, chart.y, chart.width, chart.height = 34, 34, WIDTH - 44, 44 * mm
    chart.data = [tuple(sums[name]) for name in CLASSES]
    chart.categoryAxis.style = "stacked"
    chart.categoryAxis.categoryNames = [f"{start:%d %b}" for start in starts]
    chart.categoryAxis.labels.angle, chart.categoryAxis.labels.boxAnchor = 60, "ne"
    chart.valueAxis.valueMin, chart.valueAxis.labelTextFormat = 0, "%d"
    chart.valueAxis.valueMax = max(4, *(sum(column) for column in zip(*chart.data, strict=True)))
    for axis in (chart.categoryAxis, chart.valueAxis):
        axis.labels.fontName, axis.labels.fontSize, axis.strokeColor = "Helvetica", 6, SOFT
    chart.groupSpacing, chart.barWidth = 4, 8
    for number, (_, colour) in enumerate(CLASSES.values()):
        chart.bars[number].fillColor, chart.bars[number].strokeColor = colour, None
    drawing.add(chart)
    _legend(drawing, list(CLASSES.values()), y=58 * mm)
    return drawing


def _states_chart(controls: Controls) -> Any:
    """A bar for each control: on how many days it was in which state."""
    if not controls:
        return Paragraph("No day of the period was observed.", _BODY)
    row, left = 12, 110.0
    drawing = Drawing(WIDTH, row * len(controls) + 18)
    for number, one in enumerate(controls):
        y = drawing.height - 18 - row * (number + 1)
        drawing.add(String(0, y + 2, one["plan"]["key"], fontName="Helvetica", fontSize=7.5, fillColor=INK))
        x, whole = left, sum(one["states"].values())
        for name, (_, colour) in STATES.items():
            width = (WIDTH - left - 30) * one["states"][name] / whole
            if width:
                drawing.add(Rect(x, y, width, row - 4, fillColor=colour, strokeColor=None))
            x += width
        drawing.add(String(x + 4, y + 2, str(whole), fontName="Helvetica", fontSize=7.5, fillColor=SOFT))
    _legend(drawing, list(STATES.values()), y=drawing.height - 10)
    return drawing


def _legend(drawing: Drawing, named: Sequence[tuple[str, Any]], *, y: float) -> None:
    for number, (words, colour) in enumerate(named):
        x = 34 + number * 72
        drawing.add(Rect(x, y, 7, 7, fillColor=colour, strokeColor=None))
        drawing.add(String(x + 10, y + 1, words, fontName="Helvetica", fontSize=7, fillColor=SOFT))


def _foot(canvas: Any, document: Any) -> None:
    canvas.setFont("Helvetica", 7)
    canvas.setFillColor(SOFT)
    canvas.drawString(18 * mm, 10 * mm, "Hushdesk. Counted from the audit trail; nobody is named.")
    canvas.drawRightString(192 * mm, 10 * mm, str(document.page))


def _day(instant: str) -> date:
    return date.fromisoformat(instant[:10])
