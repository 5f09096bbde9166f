// A track as an app names one: an item of a list, `{ track_id }`, or the id alone.

const ID_BYTES_MAX = 128;

/** It as an object. Throws TypeError for what names no track, as the first item of an empty list. */
export function trackOf(track) {
  const named = typeof track === "string" ? { track_id: track } : track;
  const wrong = whatIsWrong(named?.track_id);
  if (!wrong) return named;
  const what = typeof track === "object" && track ? `one whose track_id is ${wrong}` : wrongAlone(track, wrong);
  throw new TypeError(
    `a track is an item of a list, { track_id: "t1" } or its id, a text; this was ${what}. ` +
      "Is the list empty? Wait for its `list` event",
  );
}

export const idOf = (track) => trackOf(track).track_id;

const wrongAlone = (track, wrong) => (typeof track === "string" ? wrong : track === null ? "null" : typeof track);

/** Why the gateway would refuse this id; empty: it would not. */
function whatIsWrong(id) {
  if (typeof id !== "string") return typeof id;
  if (!/[^\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u.test(id)) return id === "" ? "an empty text" : "a text of which nothing can be seen";
  return new TextEncoder().encode(id).length > ID_BYTES_MAX ? `longer than ${ID_BYTES_MAX} bytes` : "";
}
