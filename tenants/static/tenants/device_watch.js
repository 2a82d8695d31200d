/** While a page is open, its browser shows every ten minutes that it holds its key, and when it comes back to sight. */
import { proveDevice } from "./device.js";

const EACH_MS = 10 * 60_000;
const SOON_MS = 60_000;
let shownAt = Date.now();

async function show(after_ms) {
  // By the clock on the wall: timers stand still while the machine sleeps.
  if (Math.abs(Date.now() - shownAt) < after_ms) return;
  shownAt = Date.now();
  await proveDevice();
}

setInterval(() => show(EACH_MS), 15_000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) show(SOON_MS); });
addEventListener("online", () => show(0));
