/** Times as the reader's clock and language say them. */

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** The hour and minute of an instant, e.g. "14:05". */
export const clockTime = (at) => clock.format(new Date(at));

/** The whole date and time, for a tooltip. */
export const fullTime = (at) => full.format(new Date(at));

/** A key that changes when the local day does. */
export const dayKey = (at) => new Date(at).toDateString();

/** "Today", "Yesterday", or the day's name and date. */
export function dayLabel(at, now = Date.now()) {
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayKey(at) === dayKey(now)) return "Today";
  if (dayKey(at) === dayKey(yesterday)) return "Yesterday";
  return day.format(new Date(at));
}
