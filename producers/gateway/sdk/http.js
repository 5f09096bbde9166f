// Requests to the gateway; a refusal is an error with the gateway's words.

// Why a gateway closes a socket.
export const UNREADABLE = [1007, 1009]; // what was sent can never be taken
export const POLICY = 1008; // a bad token: a fresh one is asked for

export async function ask({ env, url, token }, method, path, { headers = {}, good = [200], ...more } = {}) {
  const response = await env.fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${await token()}`, ...headers },
    ...more,
  });
  if (good.includes(response.status)) return response;
  const problem = await response.json().catch(() => ({}));
  throw Object.assign(new Error(problem.detail ?? `${method} ${path}: ${response.status}`), {
    status: response.status,
    code: problem.code,
    retryAfterS: Number(response.headers.get("retry-after") ?? 0),
  });
}

/** The request that sends these events with a token that is at hand, for callers that wait for no other. */
export function posted(url, token, events) {
  return {
    url: `${url}/v1/events`,
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ events }),
  };
}

/** Half of a character, as a text that was cut has, is no Unicode: no reader could parse the message. */
export function wellFormed(json) {
  return json.replace(/(\\\\)|\\ud[89a-f][0-9a-f]{2}/g, (half, backslash) => backslash ?? "\ufffd");
}
