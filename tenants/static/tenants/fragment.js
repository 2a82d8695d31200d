/**
 * Move the token of a mailed link from the address's fragment into the form, and out of the address bar.
 * Without this script the field stays visible and the code is pasted by hand.
 */
const field = document.querySelector("[data-fragment]");

if (field) {
  const token = location.hash.slice(1);
  if (token) {
    field.value = token;
    history.replaceState(null, "", location.pathname + location.search);
  }
  const isRefused = field.getAttribute("aria-invalid") === "true";
  if (field.value && (token || !isRefused)) {
    field.closest(".field").hidden = true;
    if (token && field.form.hasAttribute("data-send-at-once")) field.form.requestSubmit();
  }
}
