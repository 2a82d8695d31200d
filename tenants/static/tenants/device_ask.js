/** Before it is asked for, a browser makes its key and shows that it holds it. A certificate needs none. */
import { TAKEN, proveDevice } from "./device.js";

const form = document.querySelector("[data-ask]:not([data-certificate])");

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  if (await proveDevice({ make: true }) === TAKEN) form.submit();
  else {
    document.querySelector("[data-part=failed]").hidden = false;
    button.disabled = false;
  }
});
