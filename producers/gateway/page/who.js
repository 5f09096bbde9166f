// The listener and the token: the gateway gives one in --dev, else it is typed in.

import { remember, remembered } from "./kept.js";

const KEY = "segue.listener";
const at = (id) => document.getElementById(id);

/** Whose taste this tab teaches: as before in this tab, else as before in this browser, else somebody
 * new. A name in the address only proposes another one. */
export function ownName() {
  const name = ofTab() || remembered("listener") || `guest-${Math.random().toString(36).slice(2, 8)}`;
  settleOn(name);
  return name;
}

/** From now on, and when the tab is loaded again; other tabs stay whose they are. */
export function settleOn(name) {
  remember("listener", name);
  try {
    sessionStorage.setItem(KEY, name);
  } catch {
    // Forbidden by the user.
  }
}

function ofTab() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** The name in the address's fragment (which is sent to no server), which is taken out of it. */
export function takeProposal() {
  const text = location.hash.slice(1);
  if (text) history.replaceState(history.state, "", location.pathname + location.search);
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a name with a % in it
  }
}

/** A name for the eye: what cannot be seen is spelled out, so that no name passes for another. */
export function visible(name) {
  return name.replace(/[\p{C}\p{Z}\u115f\u1160\u3164\uffa0]/gu, (sign) =>
    sign === " " ? sign : `\\u{${sign.codePointAt(0).toString(16)}}`,
  );
}

/** Whether this tab shall teach the lists of `proposed` in place of those of `name`: only the
 * listener says so, and what closes the question says no. */
export function askWhose(proposed, name) {
  at("whose-proposed").textContent = at("whose-yes-name").textContent = visible(proposed);
  at("whose-no-name").textContent = visible(name);
  const dialog = at("whose");
  if (dialog.open) dialog.close();
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }),
  );
}

/** Shows whose taste is taught. */
export function showWho(name) {
  at("who").textContent = visible(name);
  at("who").parentElement.hidden = false;
}

/** A token of this name; null where the gateway gives none. Throws what it says against the name. */
export async function devToken(name) {
  const response = await fetch("/dev/token", { method: "POST", body: JSON.stringify({ user_id: name }) });
  if (response.ok) return (await response.json()).token;
  if (response.status === 404 || response.status === 403) return null;
  const { detail } = await response.json().catch(() => ({}));
  throw new Error(detail ?? `no token: ${response.status}`);
}

/** Shows the form, with why a token is asked for again; `enter(listener, token)` is called with each. */
export class SignIn {
  constructor(enter) {
    at("sign-in").addEventListener("submit", (event) => {
      event.preventDefault();
      const token = at("token").value.trim();
      at("token").value = "";
      at("sign-in").hidden = true;
      enter(subjectOf(token), token);
    });
  }

  ask(problem = "") {
    at("sign-in-problem").textContent = problem;
    at("sign-in").hidden = false;
    at("token").focus();
  }
}

// The listener of a token, so that what waits belongs to the same one after a new token.
function subjectOf(token) {
  try {
    const claims = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(claims), (byte) => byte.charCodeAt(0)); // of UTF-8
    return String(JSON.parse(new TextDecoder().decode(bytes)).sub);
  } catch {
    return ""; // the gateway will say what is wrong with it
  }
}
