/** Times as the reader's clock and language say them. */

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** The hour and minute of an instant, e.g. "14:05". */
export const clockTime = (at) => clock.format(new Date(at));

/** The whole date and time, for a tooltip. */
export const fullTime = (at) => full.format(new Date(at));

/** A key that changes when the local day does. */
export function dayKey(at) {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

/** "Today", "Yesterday", or the day's name and date. */
export function dayLabel(at, now = Date.now()) {
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayKey(at) === dayKey(now)) return "Today";
  if (dayKey(at) === dayKey(yesterday)) return "Yesterday";
  return day.format(new Date(at));
}

/** How long ago, in one short unit; the twin of `relative_time` in ui.py. */
export function timeSince(at, now = Date.now()) {
  const seconds = Math.max(0, Math.floor((now - new Date(at).getTime()) / 1000));
  for (const [size, unit] of [[604800, "w"], [86400, "d"], [3600, "h"], [60, "min"]]) {
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  }
  return "now";
}

/** A waiting time as a clock: "0:42", "12:07", "1:03:20"; from a day on, in days. */
export function waitingClock(since, now = Date.now()) {
  const seconds = Math.max(0, Math.floor((now - new Date(since).getTime()) / 1000));
  if (seconds >= 86400) return `${Math.floor(seconds / 86400)} d`;
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** How urgent a wait is: calm, then soon from five minutes, late from ten. */
export function urgency(since, now = Date.now()) {
  const minutes = (now - new Date(since).getTime()) / 60000;
  if (minutes >= 10) return "late";
  return minutes >= 5 ? "soon" : "calm";
}

/** Rewrite every `<time data-local>` under `root` in local time. */
export function localiseTimes(root) {
  for (const time of root.querySelectorAll("time[data-local]")) {
    const at = time.getAttribute("datetime");
    if (!at || Number.isNaN(Date.parse(at))) continue;
    time.textContent = time.dataset.local === "full" ? fullTime(at) : clockTime(at);
    if (time.dataset.local !== "full") time.title = fullTime(at);
  }
}
