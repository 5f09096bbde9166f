// The page's memory of itself. Where storage is forbidden it forgets, and goes on.

export function remembered(name) {
  try {
    return localStorage.getItem(`segue.${name}`);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`segue.${name}`, value);
  } catch {
    // Forbidden by the user.
  }
}

/** A switch of the page that stays as it was left. */
export function keepSwitch(input, name) {
  const before = remembered(name);
  if (before !== null) input.checked = before === "true";
  input.addEventListener("change", () => remember(name, String(input.checked)));
}
