/** The completion of a value in a shell: files, folders, or some words. */
export type Completion = "file" | "folder" | readonly string[];

/** A flag of a command, as help and completion need it. */
export interface OptionShape {
  /** Its names with their dashes, the short one first. */
  readonly names: readonly string[];
  /** The names of its values, for the help: `["TOPIC"]`. Default: none, so that the flag is a switch. */
  readonly values?: readonly string[];
  /** One or two sentences for the help. */
  readonly summary: string;
  /** The heading under which the help has it. Default: "Options". */
  readonly group?: string;
  /** The completion of its value. Default: none. */
  readonly completion?: Completion;
}

/** A flag that changes `Settings`. */
export interface Option<Settings> extends OptionShape {
  /** Returns the number of values, when `words` follow the flag. Default: the number of `values`. */
  readonly arity?: (words: readonly string[]) => number;
  /** Applies the flag. It throws a `UsageError` for wrong values. */
  readonly apply: (settings: Settings, values: readonly string[], name: string) => void;
}
