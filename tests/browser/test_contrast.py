"""Colours of tokens.css against each other, in both schemes (WCAG 2.2, 1.4.3 and 1.4.11)."""

import pytest

TEXT = 4.5
SHAPE = 3.0
PAIRS = [
    *(
        (ink, paper, TEXT)
        for ink in ("--ink", "--ink-soft", "--ink-faint")
        for paper in ("--paper", "--surface", "--raised", "--sunken", "--hover")
    ),
    *(("--accent", paper, TEXT) for paper in ("--paper", "--surface", "--raised", "--accent-soft", "--sunken")),
    ("--on-accent", "--accent", TEXT),
    ("--on-accent", "--accent-strong", TEXT),
    ("--on-own", "--own", TEXT),
    ("--ink", "--accent-soft", TEXT),
    ("--ink-soft", "--accent-soft", TEXT),
    ("--ink-faint", "--accent-soft", TEXT),
    ("--hushed", "--hushed-soft", TEXT),
    ("--hushed", "--paper", TEXT),
    ("--hushed", "--surface", TEXT),
    ("--note-ink", "--note", TEXT),
    ("--ink", "--note", TEXT),
    *(
        (f"--{state}", paper, TEXT)
        for state in ("danger", "warning", "success", "info")
        for paper in (f"--{state}-soft", "--paper", "--surface")
    ),
    *(("--ink", f"--{state}-soft", TEXT) for state in ("danger", "warning", "success", "info", "hushed")),
    ("--on-danger", "--danger-fill", TEXT),
    *((line, paper, SHAPE) for line in ("--line-strong", "--focus") for paper in ("--paper", "--surface")),
]
MEASURE = """(pairs) => {
    const brush = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const probe = document.body.appendChild(document.createElement("i"));
    const luminance = (token) => {
        probe.style.color = `var(${token})`;
        brush.fillStyle = getComputedStyle(probe).color;
        brush.fillRect(0, 0, 1, 1);
        const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data].map((value) => linear(value / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    return pairs.map(([ink, paper, least]) => {
        const [dark, light] = [luminance(ink), luminance(paper)].sort((a, b) => a - b);
        return [ink, paper, least, (light + 0.05) / (dark + 0.05)];
    });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_of_colours_is_far_enough_apart(open_page, site, scheme):
    page = open_page(color_scheme=scheme)
    page.goto(site.address("/blank"))
    page.add_style_tag(url=site.address("/static/core/css/tokens.css"))

    measured = page.evaluate(MEASURE, PAIRS)

    assert all(ratio > 1.1 for *_, ratio in measured), "a token is missing"
    assert [f"{ink} on {paper}: {ratio:.2f} < {least}" for ink, paper, least, ratio in measured if ratio < least] == []
