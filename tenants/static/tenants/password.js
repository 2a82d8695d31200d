/**
 * A new password's rules, said while it is typed: the first that is not met, never how "strong" it is.
 * The same rules as `tenants/passwords/rules.py`; the server judges, and alone knows what was stolen elsewhere.
 */
export const MAX_LENGTH = 128;
const MIN_FRESH = 6;
const MIN_WORD = 3;
const OUR_NAME = "hushdesk";
const ALIKE = {
  l: "i", 1: "i", "!": "i", "|": "i", 0: "o", "@": "a", 4: "a", 3: "e", 5: "s", $: "s", 7: "t", "+": "t", 8: "b", 9: "g", 6: "g", 2: "z",
};
const ROWS = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm"];
const STEPS = new Set();
for (const row of ROWS) {
  for (let at = 1; at < row.length; at += 1) {
    STEPS.add(row[at - 1] + row[at]);
    STEPS.add(row[at] + row[at - 1]);
  }
}

const plain = (text) => text.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "");
const folded = (text) => Array.from(plain(text), (sign) => ALIKE[sign] ?? sign).join("");
const reversed = (text) => Array.from(text).reverse().join("");

/** The words that must not be in the password of whoever these texts name. */
export function wordsOf(...texts) {
  const words = new Set();
  for (const text of texts) {
    const small = plain(text);
    const at = small.lastIndexOf("@");
    const pieces = at < 0 ? [small] : [small.slice(0, at), small.slice(at + 1).split(".").slice(0, -1).join(".")];
    for (const piece of pieces) {
      const parts = piece.split(/[^a-z]+/).filter(Boolean);
      for (const part of [...parts, parts.join("")]) if (part.length >= MIN_WORD) words.add(part);
    }
  }
  return words;
}

function firstWordIn(password, words) {
  const form = folded(password);
  const letters = form.replace(/[^a-z]/g, "");
  const alone = new Set(form.split(/[^a-z]+/));
  const longestFirst = [...words].sort((one, other) => other.length - one.length || (one < other ? -1 : 1));
  return longestFirst.find((word) => [folded(word), reversed(folded(word))].some(
    (way) => alone.has(way) || (way.length > MIN_WORD && (form.includes(way) || letters.includes(way))),
  ));
}

function isPredictable(password, length) {
  const small = Array.from(plain(password));
  let period = small.length;
  for (let size = 1; size <= small.length / 2; size += 1) {
    if (small.slice(size).every((sign, at) => sign === small[at])) { period = size; break; }
  }
  const fresh = small.slice(0, period).filter(
    (sign, at) => at === 0 || (sign !== small[at - 1] && !STEPS.has(small[at - 1] + sign)),
  );
  return /^\p{Nd}+$/u.test(password) || fresh.length < MIN_FRESH || period < Math.min(small.length, length);
}

/** The rules that a password does not meet: `{code, text}`, the plainest first. */
export function unmet(password, { length, letterAndDigit = false, words = [] }) {
  const normal = password.normalize("NFKC");
  const size = Array.from(normal).length;
  if (size > MAX_LENGTH) return [{ code: "too_long", text: `At most ${MAX_LENGTH} characters; this has ${size}.` }];
  const found = [];
  const missing = length - size;
  if (missing > 0) found.push({ code: "too_short", text: `At least ${length} characters; ${missing} more.` });
  if (letterAndDigit && !(/\p{L}/u.test(normal) && /\p{Nd}/u.test(normal))) {
    found.push({ code: "composition", text: "At least one letter and one digit." });
  }
  if (missing <= 0 && isPredictable(normal, length)) {
    found.push({ code: "predictable", text: "Not digits alone, and nothing that repeats itself or follows the keyboard." });
  }
  const word = firstWordIn(normal, words);
  if (word !== undefined) {
    found.push({ code: "names", text: `Without your name, your address or your organisation: leave out “${word}”.` });
  }
  return found;
}

/** Say under a field what is not met yet, and let its owner see what they type. */
function attend(field) {
  const rules = JSON.parse(field.dataset.passwordRules);
  const named = [...field.form.querySelectorAll('[name="name"], [name="email"]')];
  const line = document.createElement("p");
  line.className = "field__hint field__live";
  line.setAttribute("role", "status");
  const show = document.createElement("button");
  show.type = "button";
  show.className = "button button--quiet button--small field__show";
  show.setAttribute("aria-controls", field.id);
  const reveal = (isShown) => {
    field.type = isShown ? "text" : "password";
    show.textContent = isShown ? "Hide what you type" : "Show what you type";
  };
  show.addEventListener("click", () => {
    reveal(field.type === "password");
    field.focus();
  });
  reveal(false);
  field.after(line, show);

  const judge = () => {
    const words = new Set([...rules.words, ...wordsOf(OUR_NAME, ...named.map((each) => each.value))]);
    const [first] = field.value ? unmet(field.value, { ...rules, words }) : [];
    const isMet = field.value !== "" && first === undefined;
    line.classList.toggle("field__live--met", isMet);
    const text = isMet ? "Good so far. We compare it with stolen passwords when you send it." : first?.text ?? "";
    if (line.textContent !== text) line.textContent = text;
  };
  for (const each of [field, ...named]) each.addEventListener("input", judge);
  // What is sent is never left readable on the screen, nor kept among what the browser remembers of a form.
  field.form.addEventListener("submit", () => reveal(false));
  judge();
}

if (typeof document !== "undefined") document.querySelectorAll("[data-password-rules]").forEach(attend);
