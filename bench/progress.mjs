// Shows the progress on standard error: one changing line on a terminal, otherwise a line for each measurement.

const terminal = process.stderr.isTTY;
const erase = terminal ? "\r\u001b[2K" : "";

export class Progress {
  #begin = performance.now();
  #done = 0;
  #total;
  #expected;

  /** `expected` is the duration of a step in seconds, used until five steps have been measured. */
  constructor(total, expected) {
    this.#total = total;
    this.#expected = expected;
  }

  /** Starts the next step. */
  step(text) {
    const elapsed = (performance.now() - this.#begin) / 1000;
    const each = this.#done < 5 ? this.#expected : elapsed / this.#done;
    const left = each * (this.#total - this.#done);
    const place = `${this.#done + 1}/${this.#total}`.padStart(2 * `${this.#total}`.length + 1);
    const line = `${place}  ${minutes(elapsed)} so far, about ${minutes(left)} left  ${text}`;
    process.stderr.write(terminal ? erase + line.slice(0, process.stderr.columns - 1) : `${line}\n`);
    this.#done++;
  }

  /** Prints a line that stays on the screen. */
  say(text) {
    process.stderr.write(`${erase}${text}\n`);
  }

  end() {
    process.stderr.write(erase);
  }
}

export function minutes(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${`${whole % 60}`.padStart(2, "0")}`;
}
