/** Whether what was typed into a field can be what it asks for; looked at in the browser alone. Pure. */

const digitsOf = (value) => value.replace(/[\s.-]/g, "");

function luhn(digits) {
  let sum = 0;
  [...digits].reverse().forEach((letter, place) => {
    const doubled = Number(letter) * (place % 2 ? 2 : 1);
    sum += doubled > 9 ? doubled - 9 : doubled;
  });
  return sum % 10 === 0;
}

function isIban(value) {
  const kept = value.replace(/\s/g, "").toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(kept)) return false;
  const turned = kept.slice(4) + kept.slice(0, 4);
  let rest = 0;
  for (const letter of turned) {
    const part = /\d/.test(letter) ? letter : String(letter.charCodeAt(0) - 55);
    rest = Number(String(rest) + part) % 97;
  }
  return rest === 1;
}

function isRouting(value) {
  if (!/^\d{9}$/.test(value)) return false;
  const weights = [3, 7, 1];
  return [...value].reduce((sum, digit, place) => sum + Number(digit) * weights[place % 3], 0) % 10 === 0;
}

function isExpiry(value, now) {
  const parts = /^(\d{1,2})\s*[/.-]?\s*(\d{2}|\d{4})$/.exec(value.trim());
  if (!parts) return false;
  const month = Number(parts[1]);
  const year = Number(parts[2]) + (parts[2].length === 2 ? 2000 : 0);
  return month >= 1 && month <= 12 && new Date(year, month, 1) > now && year < now.getFullYear() + 25;
}

const CHECKS = {
  text: () => true,
  digits: (value) => /^\d+$/.test(digitsOf(value)),
  card: (value) => /^\d{13,19}$/.test(digitsOf(value)) && luhn(digitsOf(value)),
  expiry: isExpiry,
  ssn: (value) => /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digitsOf(value)),
  iban: isIban,
  routing: isRouting,
  date: (value) => !Number.isNaN(Date.parse(value)),
  email: (value) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value.trim()),
};

const WRONG = {
  digits: "Digits only, please.",
  card: "This is no card number: a digit may be wrong or missing.",
  expiry: "Month and year, as 04/29; a date to come.",
  ssn: "Nine digits, as 123-45-6789.",
  iban: "This is no IBAN: a letter or digit may be wrong or missing.",
  routing: "Nine digits; one may be wrong.",
  date: "This is no date.",
  email: "This is no e-mail address.",
};

/** What is wrong with a value; empty where nothing is. */
export function wrongWith({ type, is_required, most }, value, now = new Date()) {
  if (!value.trim()) return is_required ? "Please fill this in." : "";
  if ([...value].length > most) return `At most ${most} characters.`;
  return (CHECKS[type] ?? CHECKS.text)(value, now) ? "" : WRONG[type];
}

/** How a field is typed: what browsers and keyboards make of it. */
export const INPUTS = {
  digits: { inputMode: "numeric" },
  card: { inputMode: "numeric", autocomplete: "cc-number" },
  expiry: { inputMode: "numeric", autocomplete: "cc-exp", placeholder: "MM/YY" },
  ssn: { inputMode: "numeric" },
  routing: { inputMode: "numeric" },
  iban: { autocapitalize: "characters" },
  date: { type: "date" },
  email: { type: "email", autocomplete: "email" },
};
