import type { Command } from "./command.ts";
import type { OptionShape } from "./option.ts";

export const PROGRAM = "mqtt-native";

const WIDTH = 100;
const INDENT = "  ";
/** The column in which the texts of options begin. */
const COLUMN = 30;

/** Returns the help of a command: examples, usage, options, exit codes. */
export function commandHelp({ name, summary, help, options }: Command): string {
  const program = `${PROGRAM} ${name}`;
  const groups = groupBy(options, toGroup);
  return [
    `${program}: ${summary}.`,
    section(
      "Examples",
      help.examples.map(([line, purpose]) => example(`${program} ${line}`, purpose)),
    ),
    section(
      "Usage",
      help.usage.map((form) => entry(`${program} ${form}`, "")),
    ),
    ...[...groups].map(([group, each]) => section(group, each.map(optionEntry))),
    ...(help.notes ?? []).map((note) => wrap(note, "")),
    section(
      "Exit codes",
      help.exitCodes.map(([code, meaning]) => entry(code, meaning)),
    ),
  ]
    .join("\n\n")
    .concat("\n");
}

/** Returns the help of the program: its commands. */
export function programHelp(commands: readonly { name: string; summary: string }[]): string {
  return [
    section("Examples", [
      example(`${PROGRAM} sub -L 'mqtt://localhost/plant/#' -v`, "print all messages below plant"),
      example(`${PROGRAM} pub -L mqtt://localhost/plant/pump -m on`, "publish one message"),
    ]),
    section(
      "Commands",
      commands.map(({ name, summary }) => entry(name, summary)),
    ),
    `'${PROGRAM} COMMAND --help' has the options of a command, and '${PROGRAM} --version' prints the version.`,
  ]
    .join("\n\n")
    .concat("\n");
}

const toGroup = ({ group = "Options" }: OptionShape): string => group;

const section = (heading: string, entries: readonly string[]): string => `${heading}:\n${entries.join("\n")}`;

const example = (line: string, purpose: string): string => `${INDENT}# ${purpose}\n${INDENT}${line}`;

function optionEntry({ names, values = [], summary }: OptionShape): string {
  return entry([names.join(", "), ...values].join(" "), summary);
}

/** Returns a term and its text in two columns. */
function entry(term: string, text: string): string {
  const margin = " ".repeat(COLUMN);
  const head = `${INDENT}${term}`;
  if (text === "") return head;
  const body = wrap(text, margin);
  return head.length < COLUMN - 1 ? head.padEnd(COLUMN) + body.slice(COLUMN) : `${head}\n${body}`;
}

function wrap(text: string, margin: string): string {
  const lines: string[] = [];
  let line = margin;
  for (const word of text.split(" ")) {
    const isFirst = line === margin;
    if (!isFirst && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = margin + word;
    } else line += isFirst ? word : ` ${word}`;
  }
  return [...lines, line].join("\n");
}

function groupBy<T>(items: readonly T[], toKey: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(toKey(item), [...(groups.get(toKey(item)) ?? []), item]);
  return groups;
}
