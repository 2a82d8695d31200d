/** A lesson is turned like a page, by the arrow keys. */
const KEYS = { ArrowRight: "on", ArrowLeft: "back" };

document.addEventListener("keydown", (event) => {
  const wanted = KEYS[event.key];
  if (!wanted || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
  if (event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  document.querySelector(`[data-lesson="${wanted}"]`)?.click();
});
