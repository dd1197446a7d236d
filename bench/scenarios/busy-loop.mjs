// Keeps the event loop busy for 5 ms of every 10.

const period = 10;
const busy = 5;

export class BusyLoop {
  #timer;
  /** The busy phases as [begin, end] in milliseconds. */
  phases = [];

  start() {
    let next = performance.now() + period;
    const turn = () => {
      const begin = performance.now();
      while (performance.now() < begin + busy);
      this.phases.push([begin, performance.now()]);
      // A late phase is still followed by a pause.
      next = Math.max(next + period, performance.now() + period - busy);
      this.#timer = setTimeout(turn, Math.max(1, next - performance.now()));
    };
    this.#timer = setTimeout(turn, period);
  }

  stop() {
    clearTimeout(this.#timer);
  }
}
