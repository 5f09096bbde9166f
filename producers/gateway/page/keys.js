// Single keys for what the buttons do, unless they are switched off.

import { keepSwitch } from "./kept.js";

const TEXT = "input:not([type=radio], [type=checkbox], [type=range]), select, textarea, dialog";
const PRESSED_BY_SPACE = "button, a, summary, input";

/** `keys`: a key to what it does. */
export function listenToKeys(keys, enabled) {
  keepSwitch(enabled, "keys");
  document.addEventListener("keydown", (event) => {
    const run = keys[event.key];
    if (!run || !enabled.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest(TEXT)) return;
    if (event.key === " " && event.target.closest(PRESSED_BY_SPACE)) return;
    event.preventDefault();
    run();
  });
}
