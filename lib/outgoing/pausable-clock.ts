/** A clock that can be paused. Times are milliseconds of the runtime's clock. */
export class PausableClock {
  /** The sum of all pauses that have ended. */
  #pausedMs = 0;
  /** The beginning of the current pause; undefined if there is none. */
  #pausedAt: number | undefined;

  get isPaused(): boolean {
    return this.#pausedAt !== undefined;
  }

  /** Pauses at a time of the runtime's clock. */
  pause(time: number): void {
    this.#pausedAt ??= time;
  }

  /** Ends the pause. */
  resume(time: number): void {
    if (this.#pausedAt !== undefined) this.#pausedMs += time - this.#pausedAt;
    this.#pausedAt = undefined;
  }

  /** Returns what this clock shows at a time of the runtime's clock. */
  at(time: number): number {
    return (this.#pausedAt ?? time) - this.#pausedMs;
  }

  /** Returns the time at which this clock will show a value; Infinity during a pause. */
  due(value: number): number {
    return this.isPaused ? Number.POSITIVE_INFINITY : value + this.#pausedMs;
  }
}
