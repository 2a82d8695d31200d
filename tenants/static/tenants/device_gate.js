/** At the door: shows the browser's key and loads the page again; says what to do where that is not enough. */
import { CARRIED, TAKEN, proveDevice } from "./device.js";

const TRIED = "hushdesk.device.tried";
const AGAIN_MS = 20_000;

const show = (part) => {
  for (const each of document.querySelectorAll("[data-part=checking], [data-part=unknown], [data-part=carried]")) {
    each.hidden = each.dataset.part !== part;
  }
};

/** Once proven and still turned away, the key is not approved: nothing is gained by loading the page again. */
const justTried = () => Date.now() - Number(sessionStorage.getItem(TRIED) ?? 0) < AGAIN_MS;

const came = justTried() ? null : await proveDevice();
if (came === TAKEN) {
  sessionStorage.setItem(TRIED, String(Date.now()));
  location.reload();
} else show(came === CARRIED ? "carried" : "unknown");
