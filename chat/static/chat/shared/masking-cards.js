/** The engine's words and patterns, and card numbers by them. */
import rules from "./masking-rules.js";

export const BARRIER = "\ue000";

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
export const words = compiled(sources, (source) => `(?<![a-z])((?:${source}))(?![a-z])`);
/** A sign stands for the words of a list. */
export const patterns = compiled(rules.patterns, (source) => source.replace("~", () => `(?:${alternation(["last_four"])})`));
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

export const isDigit = (char) => char >= "0" && char <= "9" && char.length === 1;
export const isPlain = (char) => /^[0-9A-Za-z]$/.test(char ?? "");

export function matchAt(pattern, text, at) {
  pattern.here.lastIndex = at;
  return pattern.here.exec(text);
}

/** All matches in `text[low:high]`; looking behind sees what is before `low`, nothing sees what is behind `high`. */
export function* matches(pattern, text, low = 0, high = text.length) {
  const part = high < text.length ? text.slice(0, high) : text;
  const every = new RegExp(pattern.every.source, "g");
  every.lastIndex = low;
  for (let match = every.exec(part); match; match = every.exec(part)) {
    yield match;
    if (match[0] === "") every.lastIndex += 1;
  }
}

export const has = (pattern, text) => !matches(pattern, text).next().done;

function lastEnd(pattern, text, low, high) {
  let end = -1;
  for (const match of matches(pattern, text, low, high)) end = match.index + match[1].length;
  return end;
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

export function wordBefore(lower, pattern, start, reach = 45, against = words.negative) {
  const floor = Math.max(0, start - reach);
  const word = lastEnd(pattern, lower, floor, start);
  return word >= 0 && lastEnd(against, lower, Math.max(floor, word), start) < 0;
}

export const negativeBefore = (lower, start, reach) => lastEnd(words.negative, lower, Math.max(0, start - reach), start) >= 0;

export function wordAfter(lower, pattern, end) {
  const link = matchAt(patterns.link, lower, end);
  const at = link ? end + link[0].length : end;
  if (at === end && at < lower.length && isDigit(lower[at])) return false;
  const found = matchAt(pattern, lower, at);
  if (!found || at - end > 25) return false;
  const next = at + found[1].length;
  return !matchAt(patterns.nextValue, lower.slice(next, next + 20), 0);
}

const MAX_DIGITS = 19;
const CARD_REACH = 40;

export function findRuns(lower) {
  return [...matches(patterns.run, lower)].map((run) =>
    [...run[0].matchAll(/[0-9]+/g)].map((group) => ({
      start: run.index + group.index,
      end: run.index + group.index + group[0].length,
      digits: group[0],
    })),
  );
}

export const joined = (run, first, last) =>
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

export function cardWords(lower) {
  const others = [...matches(words.notCard, lower)].map((match) => [match.index, match.index + match[1].length]);
  return [...matches(words.card, lower)]
    .filter((match) => !(isDigit(lower[match.index - 1]) && isDigit(lower[match.index + match[1].length])))
    .filter((match) => !others.some(([low, high]) => match.index >= low && match.index < high))
    .map((match) => match.index + match[1].length);
}

export function cardAt(lower, run, first, wordEnds) {
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
