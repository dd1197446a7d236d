import type { Logger } from "../../lib/index.ts";

/** A logger that records its lines as `level: line`. */
export class RecordingLogger implements Logger {
  readonly lines: string[] = [];
  readonly debug = this.#recorder("debug");
  readonly info = this.#recorder("info");
  readonly warn = this.#recorder("warn");
  readonly error = this.#recorder("error");

  /** The lines without the packet trace. */
  get own(): string[] {
    return this.lines.filter((line) => !line.startsWith("debug: trace:"));
  }

  get warnings(): string[] {
    return this.lines.filter((line) => line.startsWith("warn: ")).map((line) => line.slice(6));
  }

  #recorder(level: string): (line: string) => void {
    return (line) => void this.lines.push(`${level}: ${line}`);
  }
}
