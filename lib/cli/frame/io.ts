import { type Output, openOutput } from "./output.ts";

/** The process around a command. Tests replace it. */
export interface Io {
  /** The standard input. It is opened when it is first used. */
  readonly input: NodeJS.ReadStream;
  readonly output: Output;
  readonly errors: Output;
  readonly env: NodeJS.ProcessEnv;
  /** Calls `handler` for SIGINT and SIGTERM, instead of ending the process, until the returned function is called. */
  onInterrupt(handler: () => void): () => void;
}

const INTERRUPTS = ["SIGINT", "SIGTERM"] as const;

/** Returns the standard streams and signals of this process. */
export function processIo(): Io {
  const handlers = new Set<() => void>();
  const notify = () => {
    for (const handler of handlers) handler();
  };
  /** Signals end the process while a write blocks it: its handlers could not run. */
  const catchInterrupts = (on: boolean) => {
    for (const signal of INTERRUPTS) process.off(signal, notify);
    if (on && handlers.size > 0) for (const signal of INTERRUPTS) process.on(signal, notify);
  };
  const blocking = (isBlocking: boolean) => catchInterrupts(!isBlocking);
  return {
    get input() {
      return process.stdin;
    },
    output: openOutput(1, blocking),
    errors: openOutput(2, blocking),
    env: process.env,
    onInterrupt(handler) {
      handlers.add(handler);
      catchInterrupts(true);
      return () => {
        handlers.delete(handler);
        catchInterrupts(true);
      };
    },
  };
}
