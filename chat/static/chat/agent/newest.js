/** Answers for one place that pass each other on their way: what is shown there in the end is the newest. */

/**
 * Show of the answers for a place only those that are no older than what is there.
 *
 * htmx drops an answer whose element another answer has replaced, be it the newer one; and it shows whatever comes last,
 * be it the older one. An answer to a change is never older: what was asked for before it came may not know of the change.
 * What was asked for a place that is not on the screen any more stays dropped.
 *
 * @param {string} selector what is replaced, one within its parent
 */
export function showNewest(selector) {
  const asked = new WeakMap();
  const shown = new WeakMap();
  let count = 0;
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (ctx.target?.matches?.(selector)) asked.set(ctx, { number: (count += 1), place: ctx.target.parentNode });
  });
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    const { number, place } = asked.get(ctx) ?? {};
    if (!place?.isConnected || ctx.response.status >= 400) return;
    const isLook = ctx.request.method === "GET";
    // What it was to replace has been replaced: htmx drops it.
    if (isLook && number < (shown.get(place) ?? 0)) return;
    shown.set(place, isLook ? number : (count += 1));
    ctx.target = place.querySelector(`:scope > ${selector}`) ?? ctx.target;
  });
}
