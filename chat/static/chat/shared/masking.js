/** The browser's twin of the masking engine: card numbers, codes, SSNs and IBANs in a draft. It only advises. */
import {
  BARRIER, cardAt, cardWords, findRuns, has, isDigit, isPlain, joined, matchAt,
  matches, negativeBefore, patterns, wordAfter, wordBefore, words,
} from "./masking-cards.js";
import rules from "./masking-rules.js";

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
