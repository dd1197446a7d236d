import { createRequire } from "node:module";
import { COMMANDS, loadCommands } from "./commands.ts";
import { completionScript, SHELLS } from "./frame/completion.ts";
import { commandHelp, PROGRAM, programHelp } from "./frame/help.ts";
import type { Io } from "./frame/io.ts";
import { suggestion } from "./frame/parse.ts";
import { HelpRequest, UsageError, VersionRequest } from "./frame/usage-error.ts";

/** Runs a command line, and resolves to the exit code: 1 for a wrong one. */
export async function main(words: readonly string[], io: Io): Promise<number> {
  const [name = "", ...rest] = words;
  const entry = COMMANDS.find((each) => each.name === name);
  if (entry === undefined) return other(name, rest, io);
  const command = await entry.load();
  try {
    return await command.run(rest, io);
  } catch (error) {
    if (error instanceof UsageError) return wrong(error.message, io, ` ${name}`);
    if (error instanceof HelpRequest) io.output.write(commandHelp(command));
    else if (error instanceof VersionRequest) io.output.write(version());
    else throw error;
    return 0;
  }
}

/** Runs what is no command of the table. */
async function other(name: string, rest: readonly string[], io: Io): Promise<number> {
  if (name === "--version") {
    io.output.write(version());
    return 0;
  }
  if (name === "completion") return completion(rest, io);
  if (name === "--help" || name === "help" || name === "") {
    const commands = [...(await loadCommands()), { name: "completion", summary: COMPLETION }];
    (name === "" ? io.errors : io.output).write(programHelp(commands));
    return name === "" ? 1 : 0;
  }
  const names = [...COMMANDS.map((each) => each.name), "completion", "--help", "--version"];
  return wrong(`Unknown command '${name}'.${suggestion(name, names)}`, io);
}

const COMPLETION = "print a script that completes command lines, for bash or zsh";

async function completion([name = ""]: readonly string[], io: Io): Promise<number> {
  const shell = SHELLS.find((each) => each === name);
  if (shell === undefined) return wrong(`completion needs the name of a shell: ${SHELLS.join(" or ")}.`, io);
  io.output.write(completionScript(shell, await loadCommands(), ["completion", "--help", "--version"]));
  return 0;
}

function wrong(message: string, io: Io, command = ""): number {
  io.errors.write(`Error: ${message}\n\nUse '${PROGRAM}${command} --help' to see usage.\n`);
  return 1;
}

function version(): string {
  const { version: number } = createRequire(import.meta.url)("mqtt-native/package.json");
  return `${PROGRAM} ${number}\n`;
}
