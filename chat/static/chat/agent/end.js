/** A conversation is painted at its end from the first frame on; the modules that keep it there are loaded after it. */
const box = document.querySelector("[data-part=scroll]");
box.scrollTo({ top: box.scrollHeight, behavior: "instant" });
