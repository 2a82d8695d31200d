/** Says beside a moment how long it is until then, and loads the page anew when it has come. */

/** "in 12 min", "in 40 s". */
export function timeUntil(at, now = Date.now()) {
  const seconds = Math.max(0, Math.ceil((new Date(at).getTime() - now) / 1000));
  return seconds >= 60 ? `in ${Math.ceil(seconds / 60)} min` : `in ${seconds} s`;
}

for (const place of document.querySelectorAll("[data-countdown]")) {
  const show = () => {
    place.textContent = ` ${timeUntil(place.dataset.countdown)}`;
    if (Date.parse(place.dataset.countdown) > Date.now()) return;
    clearInterval(timer);
    if (place.hasAttribute("data-reload")) location.reload();
  };
  const timer = setInterval(show, 1000);
  show();
}
