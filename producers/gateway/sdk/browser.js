// A browser's services to the SDK; tests, and Node, provide their own.

export function browser() {
  return {
    WebSocket: globalThis.WebSocket,
    fetch: (...args) => globalThis.fetch(...args),
    setTimeout: (...args) => globalThis.setTimeout(...args),
    clearTimeout: (id) => globalThis.clearTimeout(id),
    now: () => Date.now(),
    elapsed: () => globalThis.performance.now(), // never goes back, whatever happens to the clock
    random: Math.random,
    uuid,
    storage: storageOrNull("localStorage"),
    sessionStorage: storageOrNull("sessionStorage"),
    page: globalThis.document ? globalThis : null,
    hidden: () => globalThis.document?.visibilityState === "hidden",
    // Sends a request once the page is gone, whatever ended it; not every browser can.
    fetchLater: globalThis.fetchLater ? (...args) => globalThis.fetchLater(...args) : null,
  };
}

function storageOrNull(name) {
  try {
    return globalThis[name] ?? null;
  } catch {
    return null; // forbidden by the user
  }
}

// crypto.randomUUID exists on secure origins only.
function uuid() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
