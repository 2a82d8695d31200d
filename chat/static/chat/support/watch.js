/** An operator's page of an organisation: asks each second whether it may stay open, and hides what it shows if not. */

const ASK_EVERY_MS = 1000;
/** Without an answer for so long nothing stays on the screen: nobody knows then whether it may. */
export const BLIND_FOR_MS = 1500;

const banner = document.querySelector("[data-support]");

/** "59 min left", "40 s left". */
export function leftInWords(seconds) {
  return seconds >= 60 ? `(${Math.ceil(seconds / 60)} min left)` : `(${seconds} s left)`;
}

function show(isShown, title, why) {
  document.querySelector("[data-support-shown]").hidden = !isShown;
  const hidden = document.querySelector("[data-support-hidden]");
  const wasHidden = !hidden.hidden;
  hidden.hidden = isShown;
  if (isShown || wasHidden) return;
  hidden.querySelector("[data-support-title]").textContent = title;
  if (why) hidden.querySelector("[data-support-why]").textContent = why;
  hidden.querySelector("[data-support-title]").focus();
}

/** It has ended: what was shown is not only hidden, but taken out of the page. */
function close() {
  document.querySelector("[data-support-shown]").replaceChildren();
  banner.remove();
  show(false, "Access has ended", "");
}

async function ask() {
  const response = await fetch(banner.dataset.still, {
    cache: "no-store",
    redirect: "manual",
    signal: AbortSignal.timeout(BLIND_FOR_MS),
  });
  if (!response.ok) return null;
  return (await response.json()).left_s;
}

async function watch() {
  let answeredAt = performance.now();
  for (;;) {
    let isOver = false;
    try {
      const left = await ask();
      isOver = left === null;
      if (!isOver) {
        answeredAt = performance.now();
        banner.querySelector("[data-support-left]").textContent = leftInWords(left);
        show(true);
      }
    } catch {
      if (performance.now() - answeredAt >= BLIND_FOR_MS) {
        show(false, "No connection", "What you saw is hidden until it is sure that you may still see it.");
      }
    }
    if (isOver) {
      close();
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

// Come back to by the browser's own memory, a page would show what may be over.
addEventListener("pageshow", (event) => event.persisted && location.reload());
watch();
