import process from "node:process";
import type { Io } from "../frame/io.ts";
import type { Latency } from "./meter.ts";
import { rateText, type Styles, stylesFor, timeText } from "./text.ts";

const CLEAR = "\r\u001b[2K";

/** The state of a measurement in its last second. */
export interface Progress {
  /** Seconds since the beginning. */
  readonly elapsed: number;
  readonly rate: number;
  readonly latency: Latency | undefined;
  /** A word about the machine, if it may be the limit. */
  readonly warning: string | undefined;
}

/** One line on standard error that is written anew each second. It needs a terminal. */
export class LiveLine {
  readonly #io: Io;
  readonly #styles: Styles;
  readonly #isShown: boolean;

  constructor(io: Io) {
    this.#io = io;
    this.#isShown = io.errors.isTerminal;
    this.#styles = stylesFor(this.#isShown, io.env);
  }

  /** Shows a text. */
  say(text: string): void {
    if (this.#isShown) this.#io.errors.write(CLEAR + cutToWidth([[text, "dim"]], this.#styles));
  }

  /** Shows the state of the measurement. */
  update({ elapsed, rate, latency, warning }: Progress): void {
    if (!this.#isShown) return;
    const parts: Part[] = [
      [`${elapsed.toFixed(0).padStart(4)} s  `, "dim"],
      [`${rateText(rate)}/s`, "bold"],
    ];
    if (latency !== undefined)
      for (const [name, value] of [
        ["p50", latency.p50],
        ["p99", latency.p99],
        ["max", latency.max],
      ] as const)
        parts.push([`  ${name} `, "dim"], [timeText(value), undefined]);
    if (warning !== undefined) parts.push([`  ${warning}`, "warning"]);
    this.#io.errors.write(CLEAR + cutToWidth(parts, this.#styles));
  }

  /** Removes the line. */
  clear(): void {
    if (this.#isShown) this.#io.errors.write(CLEAR);
  }
}

type Part = readonly [text: string, style: keyof Styles | undefined];

/** Returns styled parts, cut to the width of the terminal: a longer line would wrap, and stay. */
function cutToWidth(parts: readonly Part[], styles: Styles): string {
  let room = columns() - 3; // a terminal echoes ^C behind the line
  let line = "";
  for (const [text, style] of parts) {
    const shown = text.slice(0, Math.max(0, room));
    room -= shown.length;
    if (shown !== "") line += style === undefined ? shown : styles[style](shown);
  }
  return line;
}

/** The present width of the terminal. */
function columns(): number {
  const { columns: width } = process.stderr;
  return width > 0 ? width : 80;
}
