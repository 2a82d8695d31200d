/**
 * The browser's twin of the masking engine: finds card numbers and their codes, SSNs and IBANs in a draft, to warn or
 * mask before sending. The server masks in any case; this only advises. Rules and tables are the engine's own.
 */
import rules from "./masking-rules.js";

// One file, since all of it is fetched together, in the middle of a draft.

/* The engine's words and patterns, and a text folded as the engine folds it. */
const BARRIER = "\ue000";

const compiled = (sources, wrap) =>
  Object.fromEntries(
    Object.entries(sources).map(([name, source]) => [
      name,
      { every: new RegExp(wrap(source), "g"), here: new RegExp(wrap(source), "y") },
    ]),
  );
/** The named word lists as one pattern, longest first, as the engine does it. */
const alternation = (names) =>
  [...new Set(names.flatMap((name) => rules.lists[name].split("~")))]
    .sort((one, other) => other.length - one.length || (one < other ? -1 : 1))
    .join("|");
const sources = Object.fromEntries(Object.entries(rules.words).map(([name, lists]) => [name, alternation(lists)]));
const words = compiled(sources, (source) => `(?<![a-z])((?:${source}))(?![a-z])`);
/** A sign stands for the words of a list. */
const patterns = compiled(rules.patterns, (source) => source.replace("~", () => `(?:${alternation(["last_four"])})`));
const canonical = new Set(rules.canonical);
const wholeOnly = new Set(rules.wholeOnly);
const lengths = new Map();
for (const issuer of rules.issuers.split(" ")) {
  const [range, issued = "16"] = issuer.split(":");
  const [low, high = low] = range.split("-");
  for (let prefix = Number(low); prefix <= Number(high); prefix += 1) {
    const known = lengths.get(String(prefix)) ?? new Set();
    issued.split(",").forEach((length) => known.add(Number(length)));
    lengths.set(String(prefix), known);
  }
}
const widths = [...new Set([...lengths.keys()].map((prefix) => prefix.length))];

const isDigit = (char) => char >= "0" && char <= "9" && char.length === 1;
const isPlain = (char) => /^[0-9A-Za-z]$/.test(char ?? "");

function matchAt(pattern, text, at) {
  pattern.here.lastIndex = at;
  return pattern.here.exec(text);
}

/** All matches in `text[low:high]`; looking behind sees what is before `low`, nothing sees what is behind `high`. */
function* matches(pattern, text, low = 0, high = text.length) {
  const part = high < text.length ? text.slice(0, high) : text;
  const every = new RegExp(pattern.every.source, "g");
  every.lastIndex = low;
  for (let match = every.exec(part); match; match = every.exec(part)) {
    yield match;
    if (match[0] === "") every.lastIndex += 1;
  }
}

const has = (pattern, text) => !matches(pattern, text).next().done;

function lastEnd(pattern, text, low, high) {
  let end = -1;
  for (const match of matches(pattern, text, low, high)) end = match.index + match[1].length;
  return end;
}

const [from, to] = rules.fold;
let place = 0;
const ranges = rules.digits.split(" ").map((range) => {
  const [step, count = "10", value = "0"] = range.split(".");
  return [(place += Number(`0x${step}`)), Number(count), Number(value)];
});

function digitOf(char) {
  const code = char.codePointAt(0);
  const range = ranges.find(([first, count]) => code >= first && code < first + count);
  return range ? String((range[2] + code - range[0]) % 10) : null;
}

function latin(char) {
  const bare = [...char.normalize("NFKD")].filter((one) => !/\p{Mn}/u.test(one));
  if (bare.length === 1 && bare[0].codePointAt(0) < 128) return bare[0];
  return char.length === 1 ? char : "\ufffd";
}

function foldChar(char) {
  if (char.codePointAt(0) < 128) return char;
  const special = from.indexOf(char);
  if (special >= 0) return to[special];
  if (/[\p{Cf}\p{Mn}\p{Me}\u034f\u115f\u1160\u3164\uffa0]/u.test(char)) return "";
  if (/\p{Zs}/u.test(char)) return " ";
  if (/\p{Pd}/u.test(char)) return "-";
  if (/\p{Cs}/u.test(char)) return "\ufffd";
  return digitOf(char) ?? latin(char);
}

/** The text as the rules read it, in lower case, with where each character begins and ends in code points. */
function folded(text) {
  const blanked = text.replaceAll(BARRIER, " ").replace(patterns.placeholder.every, (found) => BARRIER.repeat(found.length));
  const chars = [...blanked];
  const starts = [];
  let lower = "";
  chars.forEach((char, index) => {
    const plain = char === BARRIER ? char : foldChar(char);
    if (plain) {
      lower += plain.toLowerCase().length === 1 ? plain.toLowerCase() : plain;
      starts.push(index);
    }
  });
  return { lower, starts, ends: [...starts.slice(1), chars.length] };
}

const isIssued = (digits) => widths.some((width) => lengths.get(digits.slice(0, width))?.has(digits.length) ?? false);

function passesLuhn(digits) {
  let total = 0;
  for (let index = digits.length - 1, double = false; index >= 0; index -= 1, double = !double) {
    const value = Number(digits[index]) * (double ? 2 : 1);
    total += value > 9 ? value - 9 : value;
  }
  return total % 10 === 0;
}

const isCardNumber = (digits) => isIssued(digits) && passesLuhn(digits) && new Set(digits).size > 1;

function wordBefore(lower, pattern, start, reach = 45, against = words.negative) {
  const floor = Math.max(0, start - reach);
  const word = lastEnd(pattern, lower, floor, start);
  return word >= 0 && lastEnd(against, lower, Math.max(floor, word), start) < 0;
}

const negativeBefore = (lower, start, reach) => lastEnd(words.negative, lower, Math.max(0, start - reach), start) >= 0;

function wordAfter(lower, pattern, end) {
  const link = matchAt(patterns.link, lower, end);
  const at = link ? end + link[0].length : end;
  if (at === end && at < lower.length && isDigit(lower[at])) return false;
  const found = matchAt(pattern, lower, at);
  if (!found || at - end > 25) return false;
  const next = at + found[1].length;
  return !matchAt(patterns.nextValue, lower.slice(next, next + 20), 0);
}

/* Card numbers: runs of digits, their groupings, the issuers, and the words around them. */
const MAX_DIGITS = 19;
const CARD_REACH = 40;

function findRuns(lower) {
  return [...matches(patterns.run, lower)].map((run) =>
    [...run[0].matchAll(/[0-9]+/g)].map((group) => ({
      start: run.index + group.index,
      end: run.index + group.index + group[0].length,
      digits: group[0],
    })),
  );
}

const joined = (run, first, last) =>
  run
    .slice(first, last)
    .map((group) => group.digits)
    .join("");

function stretchOf(run, first, size) {
  let last = first;
  while (last < Math.min(run.length, first + 40) && run[last].digits.length === size) last += 1;
  return last;
}

function isUsual(run, first, last) {
  const sizes = run.slice(first, last).map((group) => group.digits.length);
  if (sizes.length === 1) return sizes[0] >= 12 && sizes[0] <= MAX_DIGITS;
  const shape = sizes.join(" ");
  if (canonical.has(shape)) {
    const before = first > 0 && run[first - 1].digits.length === 4;
    const behind = last < run.length && run[last].digits.length === 4 && stretchOf(run, last, 4) - last > 1;
    return !(before && behind);
  }
  const short = run.slice(last, last + 3).every((group) => group.digits.length <= 4) && run.length - last <= 3;
  return wholeOnly.has(shape) && first === 0 && short;
}

function plainWindows(run, first) {
  const size = run[first].digits.length;
  const ends = [];
  if (size > 2) {
    for (let last = Math.min(run.length, first + 6); last > first; last -= 1) if (isUsual(run, first, last)) ends.push(last);
    return ends;
  }
  if (first > 0 && run[first - 1].digits.length === size) return ends;
  const stretch = stretchOf(run, first, size);
  const spare = Math.floor(7 / size) + 1;
  const least = first + Math.floor(12 / size);
  for (let last = Math.min(stretch, first + Math.floor(MAX_DIGITS / size)); last >= least; last -= 1) {
    if (stretch - last <= spare) ends.push(last);
    if (size === 2 && last === stretch && last < run.length && run[last].digits.length === 1) ends.push(last + 1);
  }
  return ends;
}

/** Behind a decimal point or comma, and not in a list. */
function isFraction(lower, start, end) {
  if (start < 2 || !".,".includes(lower[start - 1]) || !isDigit(lower[start - 2])) return false;
  const isLong = start >= 5 && [2, 3, 4, 5].every((back) => isDigit(lower[start - back]));
  return !isLong && lower[end] !== ",";
}

function isVetoed(lower, run, first, last) {
  const start = run[first].start;
  const digits = joined(run, first, last);
  const before = lower.slice(Math.max(0, start - 60), start);
  if (before.endsWith("+") && digits.length <= 15 && first === 0) return true;
  if (last - first === 1 && isFraction(lower, start, run[first].end)) return true;
  if (digits.length === 13 && digits[0] === "4" && has(patterns.product, before)) return true;
  const written = lower.slice(start, run[last - 1].end);
  if (written.includes("+") && matchAt(patterns.sum, lower, run[last - 1].end)) return true;
  if (has(patterns.imei, before) || has(patterns.url, before)) return true;
  const end = run[last - 1].end;
  const low = matches(patterns.hexBefore, lower, Math.max(0, start - 64), start).next().value?.[0] ?? "";
  const high = matchAt(patterns.hexAfter, lower, end)?.[0] ?? "";
  if (last - first === 1 && low.length + end - start + high.length >= 32) return true;
  if (last - first > 1 && /[0-9]/.test(low) && /[a-z]/.test(low)) return true;
  const between = (at) => (run[at] && run[at - 1] ? lower.slice(run[at - 1].end, run[at].start) : "");
  if (run.length > 8 && written.includes(",") && (between(first) + between(last)).includes(",")) return true;
  const whole = joined(run, 0, run.length);
  const regular = run.slice(1, -1).every((group) => group.digits.length === 4) && [2, 3, 4].includes(run[0].digits.length);
  return (
    run.length - (last - first) >= 1 &&
    whole.length >= 20 &&
    whole.length <= 34 &&
    regular &&
    matchAt(patterns.carrier, whole, 0) !== null
  );
}

function anyWindow(run, first) {
  let digits = "";
  let best = null;
  for (let last = first; last < run.length; last += 1) {
    digits += run[last].digits;
    if (digits.length > MAX_DIGITS) break;
    if (isCardNumber(digits)) best = { last: last + 1, end: run[last].end };
  }
  return best;
}

function glued(run, first) {
  const { digits, end } = run[first];
  if (digits.length < 18 || digits.length > 26) return null;
  for (const length of [16, 15, 14, 19]) {
    const rest = digits.slice(length);
    const fits = rest.length === 3 || rest.length === 4 || matchAt(patterns.month, rest, 0);
    if (isCardNumber(digits.slice(0, length)) && fits) return { last: first + 1, end };
  }
  return null;
}

function mistyped(lower, run, first) {
  let total = 0;
  let best = null;
  const sizes = [];
  for (let last = first; last < Math.min(run.length, first + MAX_DIGITS); last += 1) {
    sizes.push(run[last].digits.length);
    total += sizes.at(-1);
    if (total > MAX_DIGITS) break;
    const shape = sizes.join(" ");
    const even = sizes.slice(0, -1).every((size) => size === sizes[0]);
    const regular = even || canonical.has(shape) || wholeOnly.has(shape);
    if (total >= 12 && (best === null || total <= 16) && regular) best = last + 1;
  }
  if (best === null) return null;
  const digits = joined(run, first, best);
  const start = run[first].start;
  const other = !wordBefore(lower, words.card, start, CARD_REACH) && negativeBefore(lower, start, CARD_REACH);
  if (new Set(digits).size < 2 || other) return null;
  const couldBeMeant = digits.length >= 13 && ("123456".includes(digits[0]) || isIssued(digits));
  if (!passesLuhn(digits) && !couldBeMeant) return null;
  return { last: best, end: run[best - 1].end };
}

/** A run that is one number as a whole, in groups as nobody prints them. */
function oddlyGrouped(lower, run) {
  const digits = run.length <= 7 ? joined(run, 0, run.length) : "";
  const sizes = run.map((group) => group.digits.length);
  const sized = [15, 16].includes(digits.length) && Math.min(...sizes) >= 2 && Math.max(...sizes) <= 8;
  if (!sized || !isCardNumber(digits)) return null;
  const between = new Set(run.slice(1).map((group, index) => lower.slice(run[index].end, group.start)));
  if (between.size !== 1 || negativeBefore(lower, run[0].start, CARD_REACH)) return null;
  return isVetoed(lower, run, 0, run.length) ? null : { last: run.length, end: run.at(-1).end };
}

function cardWords(lower) {
  const others = [...matches(words.notCard, lower)].map((match) => [match.index, match.index + match[1].length]);
  return [...matches(words.card, lower)]
    .filter((match) => !(isDigit(lower[match.index - 1]) && isDigit(lower[match.index + match[1].length])))
    .filter((match) => !others.some(([low, high]) => match.index >= low && match.index < high))
    .map((match) => match.index + match[1].length);
}

function cardAt(lower, run, first, wordEnds) {
  const start = run[first].start;
  const nearest = wordEnds.filter((end) => end <= start).at(-1);
  const named = nearest !== undefined && start - nearest <= CARD_REACH;
  for (const last of plainWindows(run, first)) {
    if (isCardNumber(joined(run, first, last)) && (named || !isVetoed(lower, run, first, last))) {
      return { last, end: run[last - 1].end };
    }
  }
  if (!named && !(first === 0 && wordAfter(lower, words.card, run.at(-1).end))) {
    return first === 0 ? oddlyGrouped(lower, run) : null;
  }
  return anyWindow(run, first) ?? glued(run, first) ?? mistyped(lower, run, first);
}

function* beside(lower, cardEnd) {
  const wanted = new Set(["EXPIRY", "CVV"]);
  let end = cardEnd;
  while (wanted.size) {
    const at = end + (matchAt(patterns.gap, lower, end)?.[0].length ?? 0);
    const gap = lower.slice(end, at);
    const isCode = !wanted.has("EXPIRY") || gap.includes("cod") || has(words.cvv, gap);
    const date = matchAt(patterns.date, lower, at) ?? (isCode ? null : matchAt(patterns.gluedDate, lower, at));
    const found = date ?? matchAt(patterns.code, lower, at) ?? matchAt(patterns.spacedCode, lower, at);
    const entity = date ? "EXPIRY" : "CVV";
    if (!found || !wanted.delete(entity)) return;
    end = at + found[0].length;
    if (entity === "CVV") yield { entity, start: at, end, score: 0.9 };
  }
}

function* cards(lower) {
  const wordEnds = cardWords(lower);
  const numbers = [];
  const others = [];
  for (const run of findRuns(lower)) {
    const before = numbers.length;
    const digits = joined(run, 0, run.length);
    for (let first = 0; first < run.length && digits.length > 11; ) {
      const found = cardAt(lower, run, first, wordEnds);
      if (found) {
        numbers.push(joined(run, first, found.last));
        yield { entity: "CARD", start: run[first].start, end: found.end, score: 0.95 };
        yield* beside(lower, found.end);
      }
      first = found?.last ?? first + 1;
    }
    if (before === numbers.length) others.push({ run, digits });
  }
  // One with a digit or two wrong.
  const isSlip = (digits) => (card) =>
    card.length === digits.length && [...card].filter((digit, at) => digit !== digits[at]).length < 3;
  for (const { run, digits } of others) {
    if (numbers.some(isSlip(digits))) {
      yield { entity: "CARD", start: run[0].start, end: run.at(-1).end, score: 0.75 };
    }
  }
}

/* Codes of cards, SSNs and IBANs. */
const CODE_REACH = 45;
const RANK = { CARD: 0, IBAN: 1, SSN: 2, CVV: 3 };

const isAmount = (lower, start) =>
  (start > 0 && "$€£#@".includes(lower[start - 1])) || has(patterns.year, lower.slice(Math.max(0, start - 8), start + 4));

function valueAfter(lower, at) {
  let until = Math.min(lower.length, at + CODE_REACH);
  for (let start = at; start < until; start += 1) {
    const ending = matchAt(patterns.ending, lower, start);
    if (ending) {
      until = Math.min(lower.length, start + ending[0].length + CODE_REACH);
      start += ending[0].length - 1;
      continue;
    }
    const inWord = start > at && isPlain(lower[start - 1]);
    const describes =
      matchAt(patterns.description, lower, start) || (start > 0 && matchAt(patterns.description, lower, start - 1));
    if (!isDigit(lower[start]) || inWord || describes) continue;
    return matchAt(patterns.spacedCode, lower, start) ?? matchAt(patterns.code, lower, start);
  }
  return null;
}

const saysOtherwise = (gap) => has(words.cvvNegative, gap) || has(patterns.failure, gap);

function belongs(lower, word, value) {
  const end = word.index + word[1].length;
  const said = lower.slice(end, value.index).replace(patterns.ending.every, " ").replace(patterns.description.every, " ");
  const gap = said.replace(/^\.+/, "");
  if (isAmount(lower, value.index) && gap.trim() !== "#") return false;
  if (/[^ :=\n]/.test(gap) && has(patterns.break, gap)) return false;
  if (matchAt(words.cvvStrong, lower, word.index)) return !saysOtherwise(gap);
  return matchAt(patterns.links, gap, 0) !== null && !matchAt(patterns.ofOther, lower, end);
}

/** A code, and those behind it: "123 or 321". */
function* withOthers(lower, match, score) {
  let end = match.index + match[0].length;
  yield { entity: "CVV", start: match.index, end, score };
  for (let count = 0; count < 3; count += 1) {
    const link = matchAt(patterns.or, lower, end);
    const other = link && matchAt(patterns.code, lower, end + link[0].length);
    if (!other || has(patterns.year, lower.slice(Math.max(0, other.index - 8), other.index + 4))) return;
    end = other.index + other[0].length;
    yield { entity: "CVV", start: other.index, end, score: 0.7 };
  }
}

function isIntroduced(lower, match) {
  const start = match.index;
  const end = start + match[0].length;
  const before = start > 0 ? lower[start - 1] : " ";
  if (isPlain(before) || isAmount(lower, start) || matchAt(patterns.counted, lower, end)) return false;
  if ("-./".includes(before) && start > 1 && isPlain(lower[start - 2])) return false;
  for (const date of matches(patterns.date, lower, Math.max(0, start - 14), end)) {
    if (date.index <= start && start < date.index + date[0].length) return false;
  }
  return wordAfter(lower, words.cvv, end) && !negativeBefore(lower, start, 20) && !matchAt(patterns.ofOther, lower, end);
}

function* codes(lower) {
  for (const word of matches(words.cvv, lower)) {
    if (lower.startsWith("social ", Math.max(0, word.index - 7))) continue;
    const end = word.index + word[1].length;
    const value = valueAfter(lower, end) ?? (word[1].endsWith("2") ? valueAfter(lower, end - 1) : null);
    if (value && belongs(lower, word, value)) yield* withOthers(lower, value, 0.8);
  }
  for (const pattern of [patterns.spacedCode, patterns.code]) {
    for (const match of matches(pattern, lower)) {
      if (isIntroduced(lower, match)) yield* withOthers(lower, match, 0.75);
    }
  }
}

/** SSN or ITIN by the rules for area, group and serial. */
function ssnKind(digits) {
  const [area, group, serial] = [digits.slice(0, 3), digits.slice(3, 5), digits.slice(5)].map(Number);
  if (area >= 900) {
    return (group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group !== 93) ? "ITIN" : null;
  }
  return area !== 0 && area !== 666 && group && serial ? "SSN" : null;
}

function isFormattedSsn(lower, match) {
  const start = match.index;
  const before = start > 0 ? lower[start - 1] : " ";
  if (isDigit(before) || before === "+") return false;
  if ("-./".includes(before) && start > 1 && isDigit(lower[start - 2])) return false;
  if (wordBefore(lower, words.ssn, start) || wordAfter(lower, words.ssn, start + match[0].length)) return true;
  const sign = match[2].replace(/^[ \t\n\r]+|[ \t\n\r]+$/g, "");
  return sign.length <= 1 && "-. /_\u00b7\u2022".includes(sign || " ") && !negativeBefore(lower, start, 25);
}

function* socialSecurity(lower) {
  for (const match of matches(patterns.formatted, lower)) {
    const kind = ssnKind(match[1] + match[3] + match[4]);
    if (kind && isFormattedSsn(lower, match)) {
      yield { entity: kind, start: match.index, end: match.index + match[0].length, score: 0.8 };
    }
  }
  for (const match of matches(patterns.nine, lower)) {
    const [start, end] = [match.index, match.index + match[0].length];
    if (start > 0 && (isDigit(lower[start - 1]) || "+$€£".includes(lower[start - 1]))) continue;
    if (new RegExp(`^(?:${rules.patterns.einForm})$`).test(match[0])) continue;
    const named = [
      [words.ssn, "SSN"],
      [words.itin, "ITIN"],
    ].find(([word]) => wordBefore(lower, word, start, 45, words.ssnOther) || wordAfter(lower, word, end));
    if (named) {
      yield { entity: ssnKind(match[0].replace(/[^0-9]/g, "")) ?? named[1], start, end, score: 0.8 };
    }
  }
}

function isValidIban(compact) {
  const moved = compact.slice(4) + compact.slice(0, 4);
  let rest = 0;
  for (const char of moved) {
    for (const digit of String(parseInt(char, 36))) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
}

const ibanLengths = Object.fromEntries(
  Object.entries(rules.iban).flatMap(([length, countries]) => countries.match(/../g).map((country) => [country, Number(length)])),
);

function ibanEnd(lower, match) {
  const start = match.index;
  const length = ibanLengths[match[0].replace(/[^a-z]/g, "")];
  if (!length) return null;
  let compact = "";
  let end = start;
  for (let at = start; compact.length < length && at < lower.length && at - end <= 3; at += 1) {
    if (lower[at] === BARRIER) break;
    if (isPlain(lower[at])) {
      compact += lower[at];
      end = at + 1;
    }
  }
  if (compact.length < length || (end < lower.length && isDigit(lower[end]))) return null;
  const named = lower.slice(Math.max(0, start - 45), start).includes("iban");
  if (isValidIban(compact)) return named || isDigit(lower[start + 2]) || !isPlain(lower[start + 1]) ? end : null;
  return named && compact.replace(/[^0-9]/g, "").length >= 8 ? end : null;
}

function* ibans(lower) {
  let at = 0;
  for (;;) {
    patterns.ibanStart.every.lastIndex = at;
    const match = patterns.ibanStart.every.exec(lower);
    if (!match) return;
    const end = ibanEnd(lower, match);
    if (end !== null) yield { entity: "IBAN", start: match.index, end, score: 0.9 };
    at = end ?? match.index + 1;
  }
}

/** Of overlapping finds one is taken: by kind, the longest card, then score, then length. */
function resolved(found) {
  const accounts = found.filter((one) => one.entity === "IBAN");
  const pool = found.filter(
    (one) => one.entity !== "CARD" || !accounts.some((other) => other.start <= one.start && one.end <= other.end),
  );
  const length = (one) => one.end - one.start;
  pool.sort(
    (one, other) =>
      RANK[one.entity] - RANK[other.entity] ||
      (one.entity === "CARD" ? length(other) - length(one) : 0) ||
      other.score - one.score ||
      length(other) - length(one),
  );
  const taken = [];
  for (const one of pool) {
    if (taken.every((other) => one.end <= other.start || one.start >= other.end)) taken.push(one);
  }
  return taken.sort((one, other) => one.start - other.start);
}

/** What is in a draft, as `{entity, start, end}` in code points, in order, not overlapping. */
export function findSensitive(text) {
  if (!/\p{N}|[\u3007零一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸]/u.test(text)) return [];
  const { lower, starts, ends } = folded(text);
  const found = [...cards(lower), ...codes(lower), ...socialSecurity(lower), ...ibans(lower)];
  return resolved(found.filter((one) => one.entity in RANK)).map(({ entity, start, end }) => ({
    entity,
    start: starts[start],
    end: ends[end - 1],
  }));
}
