/** How long somebody has waited, and how urgent that is. */

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

/** How long something still counts, as "23:14 left". */
export function timeLeft(until, now = Date.now()) {
  const end = new Date(until).getTime();
  return end > now ? `${waitingClock(now, end)} left` : "over";
}

/** How urgent a wait is: calm, then soon from five minutes, late from ten. */
export function urgency(since, now = Date.now()) {
  const minutes = (now - new Date(since).getTime()) / 60000;
  if (minutes >= 10) return "late";
  return minutes >= 5 ? "soon" : "calm";
}
