// Music that is composed for the listener: how far it is, and where its sound is.

const STAGES = ["queued", "composing", "rendering", "checking", "ready", "reused", "expired", "failed"];
const JOBS_MAX = 64; // remembered, so that what a new connection repeats is no news

const isEnd = (stage) => STAGES.indexOf(stage) >= STAGES.indexOf("ready");

/** A track whose sound is the gateway's own, at an address that a player elsewhere can follow. */
function reachable(url, track) {
  return track.audio_url?.startsWith("/") ? { ...track, audio_url: url + track.audio_url } : track;
}

/** A list as the gateway sent it, with such addresses. */
export function withSound(url, list) {
  return list?.items ? { ...list, items: list.items.map((item) => reachable(url, item)) } : list;
}

export class Composing {
  #stages = new Map(); // of each job, the latest heard of last

  /** Tells `on` what of this is news to the player, with an address that it can follow. */
  tell(url, progress, on) {
    const before = this.#stages.get(progress.job_id);
    if (before && (isEnd(before) || STAGES.indexOf(progress.stage) <= STAGES.indexOf(before))) return;
    this.#stages.delete(progress.job_id);
    this.#stages.set(progress.job_id, progress.stage);
    if (this.#stages.size > JOBS_MAX) this.#stages.delete(this.#stages.keys().next().value);
    on(progress.track ? { ...progress, track: reachable(url, progress.track) } : progress);
  }
}
