// A track as an app names one: an item of a list, `{ track_id }`, or the id alone.

/** It as an object. Throws TypeError for what names no track, as the first item of an empty list. */
export function trackOf(track) {
  const named = typeof track === "string" ? { track_id: track } : track;
  if (typeof named?.track_id === "string" && named.track_id) return named;
  const came = track === null ? "null" : track === "" ? "an empty text" : typeof track;
  const what = typeof track === "object" && track ? `one whose track_id is ${typeof track.track_id}` : came;
  throw new TypeError(
    `a track is an item of a list, { track_id: "t1" } or its id, a text; this was ${what}. ` +
      "Is the list empty? Wait for its `list` event",
  );
}

export const idOf = (track) => trackOf(track).track_id;
