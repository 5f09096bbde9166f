/** What `Segue.play` plays: any Item, or a track of the app's own. */
export interface Track {
  track_id: string;
  duration_ms?: number;
  /** What it and its artist are called: lists have these where no catalogue has the track. */
  title?: string;
  artist?: string;
}

/** A track of a list, as the gateway tells it. */
export interface Item {
  track_id: string;
  title?: string;
  artist?: string;
  artist_id?: string;
  album?: string;
  genre?: string;
  /** What the ranking thought of it. Play in the order of the list: rules and wishes count as well. */
  score: number;
  /** How probably it stands here; below 1 where the list explores. */
  propensity?: number;
  source?: string;
  reasons?: { source: string; text: string; part?: number }[];
  duration_ms?: number;
  audio_url?: string;
  explicit?: boolean;
  /** What a machine made of it; absent: nothing is declared. */
  ai?: { [part in "composed" | "performed" | "voice" | "lyrics" | "post_production"]?: "none" | "assisted" | "generated" };
}

export interface List {
  rec_id: string;
  /** Grows with each list of one listener. */
  version: number;
  /** The event that made this list; absent where only a stored list is known. */
  cause?: { id?: string; type: string };
  /** When that event happened and when it came, RFC 3339. */
  event_time?: string;
  event_received?: string;
  items: Item[];
}

/** How far a track is that is composed for the listener; the last stage of `stages`. */
export interface Progress {
  job_id: string;
  /** The last four are ends. expired: it came too late, and can be played all the same. */
  stage: "queued" | "composing" | "rendering" | "checking" | "ready" | "reused" | "expired" | "failed";
  stages: { stage: string; at: string }[];
  /** With every end but failed. Its sound is good for some hours. */
  track?: Track & { audio_url?: string; ai?: Item["ai"] };
  /** With failed. */
  reason?: { code: string; text?: string };
}

/** Why a track was composed for the listener. */
export interface WhyComposed {
  track_id: string;
  job_id: string;
  created: string;
  /** In a sentence. */
  text: string;
  /** The decision and all that it was made from, as `trigger` in generation-job.v1.json. */
  decision: Record<string, unknown>;
  /** What was to be composed, as there. */
  specification: Record<string, unknown>;
  /** The composed track that this one varies. */
  parent_track_id?: string;
}

export interface SentEvent {
  type: string;
  id: string;
  session_id: string;
  /** From 1 within the session; a retry keeps it and is counted once. */
  seq: number;
  time: string;
  [field: string]: unknown;
}

/** A track or an artist. */
export type Seed = ({ track_id: string } | { artist_id: string }) & {
  /** -1 to 1 and not 0; below 0: away from it. Absent: 1. */
  weight?: number;
};

/** Each part must be met; a track of which the catalogue does not say what a part asks for does not meet it. */
export interface Filter {
  /** One of these, at most eight. */
  genres?: string[];
  /** recorded: a machine made no part of it; composed: a machine composed it. */
  kind?: "recorded" | "composed";
  /** How long the track is, 1 to 86400; both ends count, and one of them is enough. */
  seconds?: { min?: number; max?: number };
  /** When it came out; both ends count. */
  year?: { min?: number; max?: number };
  /** Not heard for so many days, 1 to 3650. */
  not_heard_days?: number;
}

export interface Wishes {
  mood?: string;
  genre?: string;
  /** Free text: the genre and the mood that it names count. */
  prompt?: string;
  /** More like this track. */
  seed_track_id?: string;
  /** More like these tracks and artists, or less: at most eight, each once. */
  seeds?: Seed[];
  /** Nothing else is listed. */
  filter?: Filter;
  exclude_track_ids?: string[];
  exclude_artist_ids?: string[];
  /** What plays next anyway, and need not be listed. */
  queued_track_ids?: string[];
  explicit_allowed?: boolean;
  /** 0: what is familiar; 1: what is unexpected. */
  adventurous?: number;
  /** As the next four for a composer: quarter notes a minute. */
  tempo_bpm?: number;
  /** "F# minor". */
  key?: string;
  seconds?: number;
  instruments?: string[];
  /** 0: still; 1: as loud and dense as it gets. */
  energy?: number;
  /** A newly composed piece. */
  generate?: boolean;
}

/** Why a track stands in the list; a negative part speaks against it. */
export interface Why {
  track_id: string;
  listed: boolean;
  /** In the list, from 1. */
  place?: number;
  reasons?: { source: string; text: string; part?: number }[];
  /** Where there is little to say. */
  note?: string;
}

/** What became of a request's wishes. */
export interface Asked {
  accepted: number;
  applied: string[];
  ignored: { wish: string; detail: string }[];
}

/** Purpose to yes or no; what is not named stays. */
export interface Consent {
  /** false: everything is as in a private session. */
  learning?: boolean;
  /** false: lists as for somebody unknown, but for what was hidden or asked for. */
  personalisation?: boolean;
}

export type Status = "offline" | "connecting" | "online";

export interface Problem {
  /**
   * As the gateway has it, or: refused (a token; the detail says why), no_token (`token` failed),
   * no_address (`url` is none), unreachable (no server answers there; reported once an outage),
   * unreadable (an event that no gateway takes was given up).
   */
  code: string;
  detail: string;
  /** Which event of this connection, from 1, and its type. */
  event?: number;
  type?: string;
}

export interface Options {
  /** The gateway, as https://gateway.example. */
  url: string;
  /** Asked before each connection and request; may fetch a fresh token. A page that goes away uses the last. */
  token: () => string | Promise<string>;
  /**
   * The listener of these events: any name that is the same at each visit. One client is one listener's.
   * With it the queue, the session and a private session outlive the page, and listeners of one device
   * stay apart; without it nothing does.
   */
  listener?: string;
  /** Events kept while there is no connection. */
  queueMax?: number;
  list?: (list: List) => void;
  status?: (status: Status) => void;
  /** A track that is composed for the listener came to a later stage; after a connection, those under way. */
  generation?: (progress: Progress) => void;
  /** Without it each problem is one line for `warn`. */
  error?: (problem: Problem) => void;
  /**
   * Advice for a developer, in one line: problems, a type of event that is not known, a play that
   * counts as a skip though it was completed. Without it console.warn.
   */
  warn?: (line: string) => void;
  /** Everything known of the listener was erased. */
  erased?: () => void;
  /** An event entered the queue. */
  sent?: (event: SentEvent) => void;
  /** Stand-ins for what a browser provides, as `{ WebSocket }` in Node before 22. */
  env?: Record<string, unknown>;
}

/**
 * The chooser of a play. The listener, who wants this track: click, play, previous. The player, which
 * goes on by itself and wishes nothing: next (the one before was skipped), ended (it was over), autoplay.
 * Or a word of `reason_start` in event.v1.json.
 */
export type Reason = "click" | "play" | "previous" | "next" | "ended" | "autoplay" | (string & {});

/**
 * One playing of one track, from `Segue.play`; its end is sent once. A page that goes away ends it; one
 * that is hidden plays on, and if it is never shown again the browser tells the end, or the next visit.
 * Each returns what was sent, null if nothing.
 */
export interface Play {
  readonly id: string;
  readonly track: Track;
  /** Heard so far, without pauses. */
  readonly playedMs: number;
  readonly paused: boolean;
  readonly ended: boolean;
  /** `reason` as in `Segue.play`. */
  start(reason?: Reason): SentEvent | null;
  pause(positionMs?: number): SentEvent | null;
  resume(positionMs?: number): SentEvent | null;
  seek(fromMs: number, toMs: number): SentEvent | null;
  heartbeat(positionMs?: number): SentEvent | null;
  skip(reason?: string): SentEvent | null;
  /** Heard to the end. Less than half of duration_ms counts as skipped all the same. */
  complete(): SentEvent | null;
  stop(reason?: string): SentEvent | null;
  fail(): SentEvent | null;
  /** Ends it without telling. */
  discard(): void;
}

export class Segue {
  constructor(options: Options);
  readonly session: string;
  readonly status: Status;
  /** Of the newest list seen; -1: none. */
  readonly version: number;
  /** While true nothing is learned from what is sent. */
  privateSession: boolean;
  /** What waits to be acknowledged. */
  readonly queue: { readonly size: number; readonly events: readonly SentEvent[] };
  /** Connects, and connects again whenever the connection is lost, until `close`. Throws without a WebSocket. */
  connect(): void;
  close(): void;
  /** Puts an event in the queue; it is sent as soon as there is a connection. Throws RangeError over 50,000 bytes. */
  send(type: string, data?: Record<string, unknown>): SentEvent;
  /**
   * A track is an item of a list, `{ track_id }` or the id alone, here and below; TypeError says what else came.
   * `more`: fields of its events, and `reason`: whose idea it is. Without one a track that comes next in
   * the newest list is the player's idea, any other the listener's: say "click" where a listener chose
   * the very next one.
   */
  play(track: Track | string, more?: { reason?: Reason } & Record<string, unknown>): Play;
  /** A tab has a session of its own from the start; this begins another. Wishes and skips are a session's. */
  startSession(data?: { explicit_allowed?: boolean }): SentEvent;
  endSession(): SentEvent;
  rate(track: Track | string, score: -1 | 0 | 1): SentEvent;
  save(track: Track | string): SentEvent;
  unsave(track: Track | string): SentEvent;
  hide(track: Track | string): SentEvent;
  /** Each request stands in place of the one before; null takes a wish back. */
  request(wishes: Wishes): SentEvent;
  /**
   * The same at once over plain HTTP, and what of it can be applied. Throws as `recommendations`;
   * the error is `queued` where the event waits in the queue instead.
   */
  ask(wishes: Wishes): Promise<Asked>;
  consent(purposes: Consent): SentEvent;
  /** The catalogue's genres and moods, those of the most tracks first; and what can be composed. */
  kinds(): Promise<{ genres: string[]; moods: string[]; composed: { genres: string[]; moods: string[] } }>;
  /** The current list over plain HTTP. Throws an Error with `status` and `code`. */
  recommendations(): Promise<List | null>;
  why(track: Track | string): Promise<Why>;
  /** Throws as `recommendations`: no_such_track where nothing was composed, or for another listener. */
  whyComposed(track: Track | string): Promise<WhyComposed>;
  export(): Promise<unknown>;
  erase(): Promise<void>;
  /**
   * For a page that goes away: sends what waits in a request that outlives it, with the last token, if
   * it still holds. Else all stays in the queue, for the next visit.
   */
  beacon(): Promise<void>;
}
