// A program that keeps its event loop busy: 5 ms of every 10.

const period = 10;
const busy = 5;

export class BusyLoop {
  #timer;
  /** When it was busy, as [begin, end] in milliseconds. */
  phases = [];

  start() {
    let next = performance.now() + period;
    const turn = () => {
      const begin = performance.now();
      while (performance.now() < begin + busy);
      this.phases.push([begin, performance.now()]);
      // Late as it may be, it rests between two phases.
      next = Math.max(next + period, performance.now() + period - busy);
      this.#timer = setTimeout(turn, Math.max(1, next - performance.now()));
    };
    this.#timer = setTimeout(turn, period);
  }

  stop() {
    clearTimeout(this.#timer);
  }
}
