import type { Command } from "./frame/command.ts";

interface Entry {
  readonly name: string;
  readonly load: () => Promise<Command>;
}

/** The commands, which are loaded when they are used. */
export const COMMANDS: readonly Entry[] = [
  { name: "pub", load: async () => (await import("./pub/command.ts")).pub },
  { name: "sub", load: async () => (await import("./sub/command.ts")).sub },
  { name: "bench", load: async () => (await import("./bench/command.ts")).bench },
];

/** Loads all commands, for the help and the completion. */
export const loadCommands = (): Promise<Command[]> => Promise.all(COMMANDS.map(({ load }) => load()));
