// Problems in one line, with the remedy, for a player that listens to no errors; and advice for
// developers.

const REMEDIES = {
  refused: "Let `token` give one that this gateway takes; it is asked before each connection.",
  no_token: "`token` must return a token, or a promise of one.",
  no_address: "Let `url` be a gateway's, as https://gateway.example.",
  unreachable: "Is `url` the gateway's, with its port, and does it run? A web page must be among its --origins.",
  unreadable: "Send what schemas/event.v1.json describes.",
  bad_field: "schemas/event.v1.json says what each field holds.",
  missing_field: "schemas/event.v1.json says what each type needs.",
  wrong_key: "Leave user_id out: the token says who listens.",
  too_many_requests: "It waits in the queue and is sent later.",
};

// The types that the gateway knows; others are taken and have no effect.
export const TYPES = [
  "playback.started",
  "playback.heartbeat",
  "playback.paused",
  "playback.resumed",
  "playback.seeked",
  "playback.skipped",
  "playback.completed",
  "playback.stopped",
  "playback.failed",
  "feedback.rated",
  "feedback.saved",
  "feedback.unsaved",
  "feedback.hidden",
  "playlist.track_added",
  "playlist.track_removed",
  "recommendation.shown",
  "recommendation.clicked",
  "recommendation.dismissed",
  "request.made",
  "session.started",
  "session.ended",
  "generation.accepted",
  "generation.rejected",
  "privacy.erasure_requested",
  "privacy.consent_changed",
];

export function warn(text) {
  globalThis.console?.warn(`Segue: ${text}`);
}

/** A problem, in one line. */
export function lineOf({ code, detail, type }) {
  const what = [type, detail].filter(Boolean).join(": ");
  return [`${code}: ${what.replace(/[.]?$/, ".")}`, REMEDIES[code]].filter(Boolean).join(" ");
}

/** Why an event of this type has no effect; null where it has one. */
export function unknownType(type) {
  if (TYPES.includes(type)) return null;
  const words = String(type).split(/[._]/);
  const alike = TYPES.find((each) => words.some((word) => word.length > 3 && each.includes(word.slice(0, 5))));
  const meant = alike ? `; did you mean ${alike}?` : "";
  return `${type} is no type of event that Segue knows: it is taken and has no effect${meant}`;
}

/** Why a completed play counts as a skip; null where it does not. */
export function shortPlay({ played_ms, duration_ms }) {
  if (!(duration_ms > 0) || played_ms >= duration_ms / 2) return null;
  const seconds = (ms) => `${Math.round(ms / 100) / 10} s`;
  return (
    `complete() after ${seconds(played_ms)} of ${seconds(duration_ms)}: less than half of a track counts as ` +
    "skipped, however it ended. A test may give a shorter duration_ms, or none"
  );
}
