import type { Io } from "./io.ts";
import type { OptionShape } from "./option.ts";

/** The texts of a command's help. Each has no line break, and is wrapped. */
export interface HelpText {
  /** Command lines without the name of the program, each with its purpose. */
  readonly examples: readonly (readonly [commandLine: string, purpose: string])[];
  /** The forms of the command line, without the name of the program. */
  readonly usage: readonly string[];
  /** Paragraphs behind the options. */
  readonly notes?: readonly string[];
  /** Exit codes and their meanings. */
  readonly exitCodes: readonly (readonly [code: string, meaning: string])[];
}

/** A command of `mqtt-native`. Its module must not load the client: `run` imports what needs it. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands, without a full stop. */
  readonly summary: string;
  readonly help: HelpText;
  readonly options: readonly OptionShape[];
  /**
   * Runs the command with the words behind its name, and resolves to the exit code. A `UsageError`, `HelpRequest` or
   * `VersionRequest` that it throws is printed by the caller.
   */
  readonly run: (words: readonly string[], io: Io) => Promise<number>;
}
