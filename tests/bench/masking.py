"""`manage.py bench masking`: how much is found, how much is masked wrongly, and how fast.

The corpus is generated from a seed; the mix for speed is 60 to 200 characters, 70 % without digits, 20 % with harmless
numbers, 10 % with something to mask. The last line is one JSON object.
"""

import argparse
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from compliance.masking import RULE_SET, MaskingPolicy, mask, mask_conversation
from tests.bench import rivals
from tests.bench.corpus import Case, generate
from tests.bench.corpus_clean import PLAIN, clean_text
from tests.bench.corpus_values import IBANS, card, grouped, ssn
from tests.bench.hostile import hostile_ms, texts
from tests.bench.rescan import MIN_PER_S as MIN_PER_S_STORED
from tests.bench.rescan import rescan_per_s
from tests.support.progress import say

CARD_CLASS: Final = frozenset({"CARD", "CVV", "TRACK", "PIN"})
MIN_CARD_PLAIN: Final = 1.0
MIN_CARD_DISGUISED: Final = 0.98
MIN_OTHER_PLAIN: Final = 0.99
MAX_WRONG: Final = 0.005
MIN_PER_S: Final = 15_000
MAX_P50_US: Final = 30
MAX_P99_US: Final = 500
MAX_HOSTILE_MS: Final = 20
MAX_IMPORT_S: Final = 0.3
MAX_RSS_MIB: Final = 40
#: Presidio's pattern mode is the fastest that finds as many kinds.
MIN_TIMES_PRESIDIO: Final = 10
RIVALS_MIX: Final = 3_000
_WORDS: Final = [
    "hello",
    "would",
    "like",
    "know",
    "when",
    "parcel",
    "will",
    "arrive",
    "because",
    "nobody",
    "told",
    "anything",
    "about",
    "so",
    "far",
    "thanks",
    "please",
    "help",
    "with",
    "the",
    "problem",
    "on",
    "website",
    "shop",
    "shipping",
    "refund",
    "return",
    "broken",
    "screen",
    "battery",
    "address",
    "late",
    "today",
    "tomorrow",
    "friday",
    "great",
    "and",
    "to",
    "my",
    "it",
    "is",
]


def _covered(case: Case, found: list[tuple[int, int, int]]) -> list[bool]:
    """For each span whether all its letters and digits are masked."""
    answers = []
    for span in case.spans:
        text = case.messages[span.msg].text
        masked = {at for msg, start, end in found if msg == span.msg for at in range(start, end)}
        answers.append(all(at in masked for at in range(span.start, span.end) if text[at].isalnum()))
    return answers


def accuracy(cases: Sequence[Case], policy: MaskingPolicy) -> dict[str, Any]:
    """Recall per entity, plain and disguised; the share of masked spans that were due; clean cases touched."""
    total: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    due = extra = clean = wrong = 0
    for case in cases:
        outcomes = mask_conversation(case.messages, policy)
        found = [(msg, f.start, f.end) for msg, outcome in enumerate(outcomes) for f in outcome.findings]
        for span, covered in zip(case.spans, _covered(case, found), strict=True):
            key = f"{span.entity} {'disguised' if case.disguise else 'plain'}"
            total[key] += 1
            hit[key] += covered
        for msg, start, end in found:
            expected = any(s.msg == msg and s.start < end and start < s.end for s in case.spans)
            due += expected
            extra += not expected
        clean += not case.spans
        wrong += bool(found) and not case.spans
    recall = {key: round(hit[key] / total[key], 4) for key in sorted(total)}
    return {
        "cases": len(cases),
        "recall": recall,
        "precision": round(due / (due + extra), 4),
        "wrong": round(wrong / clean, 5),
    }


def _mixed_message(rng: random.Random) -> str:
    kind = rng.random()
    base = " ".join(rng.choice(_WORDS) for _ in range(rng.randint(12, 32)))[:190]
    if kind < 0.7:
        return f"{base} {rng.choice(PLAIN)}"[:200] if kind < 0.2 else base
    if kind < 0.9:
        return f"{base[:110]} {clean_text(rng)} {base[:20]}"
    number = ssn(rng)
    value = rng.choice(
        [
            grouped(card(rng), " "),
            card(rng),
            f"{number[:3]}-{number[3:5]}-{number[5:]}",
            rng.choice(IBANS),
            "cvv 123 exp 12/27",
        ]
    )
    return f"{base[:90]} {value} {base[:20]}"


def mixed_messages(seed: int, count: int) -> list[str]:
    """The mix that speed is measured on."""
    rng = random.Random(seed)
    return [_mixed_message(rng) for _ in range(count)]


def speed(seed: int, count: int) -> dict[str, float]:
    """Messages a second and percentiles under the policy `default`."""
    policy = MaskingPolicy.named("default")
    messages = mixed_messages(seed, count)
    for message in messages[:1000]:
        mask(message, policy)
    times = []
    for message in messages:
        # CPU time of the thread: other work on the machine is none of the engine's.
        begun = time.thread_time_ns()
        mask(message, policy)
        times.append(time.thread_time_ns() - begun)
    times.sort()
    return {
        "messages_per_s": round(count / (sum(times) / 1e9)),
        "p50_us": round(times[count // 2] / 1e3, 1),
        "p99_us": round(times[count * 99 // 100] / 1e3, 1),
    }


def footprint() -> dict[str, float]:
    """CPU seconds to import the engine, and what it and a first text add to a bare interpreter, in MiB."""
    code = (
        "import time\n"
        "def rss():\n"
        "    return next(int(l.split()[1]) for l in open('/proc/self/status') if l.startswith('VmRSS')) / 1024\n"
        "before, at = rss(), time.process_time()\n"
        "from compliance.masking import mask, MaskingPolicy\nspent = time.process_time() - at\n"
        "mask('card 4111 1111 1111 1111', MaskingPolicy.named('default'))\n"
        "print(spent, rss() - before)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(3)]
    figures = [[float(part) for part in run.stdout.split()] for run in runs]
    return {"import_s": round(min(f[0] for f in figures), 3), "rss_mib": round(min(f[1] for f in figures), 1)}


def _holds(figures: dict[str, Any]) -> bool:
    recall = figures["recall"]
    for key, value in recall.items():
        entity, form = key.split(" ")
        if entity in CARD_CLASS and value < (MIN_CARD_PLAIN if form == "plain" else MIN_CARD_DISGUISED):
            return False
        if form == "plain" and value < MIN_OTHER_PLAIN:
            return False
    presidio = figures.get("rivals", {}).get("presidio", {}).get("messages_per_s", 0)
    return (
        figures["messages_per_s"] >= MIN_TIMES_PRESIDIO * presidio
        and figures["wrong"] <= MAX_WRONG
        and figures["messages_per_s"] >= MIN_PER_S
        and figures["p50_us"] <= MAX_P50_US
        and figures["p99_us"] <= MAX_P99_US
        and figures["hostile_ms"] <= MAX_HOSTILE_MS
        and figures["import_s"] <= MAX_IMPORT_S
        and figures["rss_mib"] <= MAX_RSS_MIB
        and figures["rescan_per_s"] >= MIN_PER_S_STORED
    )


def main(argv: Sequence[str]) -> int:
    """Measure, print, and say whether every figure holds."""
    parser = argparse.ArgumentParser(prog="manage.py bench masking", description=__doc__)
    parser.add_argument("--seed", type=int, default=20_260)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rivals", action="store_true", help="install other tools and run them on the same corpus")
    parser.add_argument("--json", action="store_true", help="as always: the last line is JSON")
    options = parser.parse_args(argv)
    figures: dict[str, Any] = {"ok": False, "rule_set": RULE_SET, "seed": options.seed}
    say("accuracy on the generated corpus, policy all")
    cases = generate(options.seed, options.rounds)
    figures |= accuracy(cases, MaskingPolicy.named("all"))
    say("speed on the mix, policy default")
    figures |= speed(options.seed, options.messages)
    say("hostile texts of 8 KiB, policy all, CPU time")
    figures["hostile_ms"] = hostile_ms(texts(), say)
    figures |= footprint()
    say("re-scan of stored messages, one worker with its database")
    figures["rescan_per_s"] = rescan_per_s()
    if options.rivals:
        mix = mixed_messages(options.seed, RIVALS_MIX)
        figures["rivals"] = rivals.measure(cases, mix, _covered, say)
    figures["ok"] = _holds(figures)
    print(json.dumps(figures))
    return 0 if figures["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
