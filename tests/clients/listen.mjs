// Prints each event of a stream as a line of JSON, [kind, data]. Arguments: address, token.
import { EventSource } from "eventsource";

const [url, token] = process.argv.slice(1);
const source = new EventSource(url, {
  fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } }),
});
for (const kind of ["recommendations", "erased"]) {
  source.addEventListener(kind, ({ data }) => console.log(JSON.stringify([kind, data])));
}
