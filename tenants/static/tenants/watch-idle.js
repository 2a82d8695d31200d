/** Starts the watch of a page of an organisation. */
import { Idle } from "./idle.js";

const root = document.querySelector("[data-idle-s]");
if (root) new Idle(root).start();
