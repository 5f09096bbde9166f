// The listener's consent as it is stored, also when another device changed it.

const PURPOSES = ["learning", "personalisation"];
const TRIES = 20;
const TRY_EVERY_MS = 250;
const at = (id) => document.getElementById(id);

export class Consent {
  /** `stored` is called with the state of the listener whenever it is read. */
  constructor(client, stored) {
    this.client = client;
    this.stored = stored;
    this.asked = 0;
    for (const purpose of PURPOSES) {
      at(purpose).addEventListener("change", (event) => {
        ++this.asked; // what is on its way was stored before
        client.consent({ [purpose]: event.target.checked });
      });
    }
  }

  /** Shows what is stored, as soon as that is as new as this list. */
  async show(version = -1) {
    const asked = ++this.asked;
    for (let tries = 0; tries < TRIES && asked === this.asked; ++tries) {
      const stored = await this.client.export().catch(() => null);
      if (stored && (stored.list?.version ?? -1) >= version) return asked === this.asked && this.#fill(stored);
      await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
    }
  }

  #fill({ state }) {
    this.stored(state);
    const consent = { learning: true, personalisation: true, ...state?.consent };
    for (const event of this.client.queue.events) Object.assign(consent, event.consent);
    for (const purpose of PURPOSES) at(purpose).checked = consent[purpose];
  }
}
