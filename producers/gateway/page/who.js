// Who listens, and with which token: the gateway gives one in --dev, else it is typed in.

import { remember, remembered } from "./kept.js";

const at = (id) => document.getElementById(id);

/** As the address's fragment says (which is told to no server), else as before, else somebody new. */
export function listenerName() {
  const name = fragment() || remembered("listener") || `guest-${Math.random().toString(36).slice(2, 8)}`;
  remember("listener", name);
  return name;
}

function fragment() {
  const text = location.hash.slice(1);
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a name with a % in it
  }
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

// Whose token it is, so that what waits belongs to the same listener after a new one.
function subjectOf(token) {
  try {
    const claims = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return String(JSON.parse(atob(claims)).sub);
  } catch {
    return ""; // the gateway will say what is wrong with it
  }
}
