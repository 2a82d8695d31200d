/** What every page does: local times, copy buttons. Nothing here is needed to use a page. */
import { localiseTimes } from "./localise.js";

/** Copy the text of a button's `data-copy` and say so for two seconds. */
async function copyFrom(button) {
  const label = button.querySelector("[data-copy-label]") ?? button;
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    label.textContent = "Copied";
  } catch {
    label.textContent = "Select and copy it by hand";
  }
  setTimeout(() => { label.textContent = before; }, 2000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copyFrom(button);
});

localiseTimes(document);
