/** Times that the server has drawn, as the reader's clock says them. */
import { clockTime, fullTime } from "./times.js";

/** Rewrite every `<time data-local>` under `root` in local time. */
export function localiseTimes(root) {
  for (const time of root.querySelectorAll("time[data-local]")) {
    const at = time.getAttribute("datetime");
    if (!at || Number.isNaN(Date.parse(at))) continue;
    time.textContent = time.dataset.local === "full" ? fullTime(at) : clockTime(at);
    if (time.dataset.local !== "full") time.title = fullTime(at);
  }
}
