// What was told, and how long it took until the list that answers it stood on the screen.

const SHOWN_MAX = 50;

export class EventLog {
  constructor(element, latency) {
    this.element = element;
    this.latency = latency;
    this.waiting = new Map(); // event id -> { at, ms }
  }

  sent(event) {
    const line = document.createElement("li");
    const what = document.createElement("span");
    what.textContent = event.type.replace(".", " ");
    const ms = document.createElement("span");
    ms.className = "ms";
    ms.textContent = "…";
    line.append(what, ms);
    this.element.prepend(line);
    while (this.element.children.length > SHOWN_MAX) this.element.lastChild.remove();
    this.waiting.set(event.id, { at: performance.now(), ms });
    if (this.waiting.size > SHOWN_MAX) this.waiting.delete(this.waiting.keys().next().value);
  }

  /** The list caused by this event is in the page: measured when it is painted. */
  answered(id) {
    const event = this.waiting.get(id);
    if (!event) return;
    this.waiting.delete(id);
    requestAnimationFrame(() => {
      const ms = Math.round(performance.now() - event.at);
      event.ms.textContent = `${ms} ms`;
      this.latency.textContent = `${ms} ms`;
      this.latency.dataset.ms = ms;
    });
  }
}
