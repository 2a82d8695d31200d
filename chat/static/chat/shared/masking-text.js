/** What the detectors of masking.js stand on: the engine's words and patterns, and a text folded as the engine folds it. */
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
export const canonical = new Set(rules.canonical);
export const wholeOnly = new Set(rules.wholeOnly);
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
export function folded(text) {
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

export const isIssued = (digits) => widths.some((width) => lengths.get(digits.slice(0, width))?.has(digits.length) ?? false);

export function passesLuhn(digits) {
  let total = 0;
  for (let index = digits.length - 1, double = false; index >= 0; index -= 1, double = !double) {
    const value = Number(digits[index]) * (double ? 2 : 1);
    total += value > 9 ? value - 9 : value;
  }
  return total % 10 === 0;
}

export const isCardNumber = (digits) => isIssued(digits) && passesLuhn(digits) && new Set(digits).size > 1;

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

