/** A wrong command line. The message is a text for the person at the terminal. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** Thrown by the parser when the command line asks for the help of its command. */
export class HelpRequest extends Error {
  override readonly name: string = "HelpRequest";
}

/** Thrown by the parser when the command line asks for the version. */
export class VersionRequest extends Error {
  override readonly name: string = "VersionRequest";
}
