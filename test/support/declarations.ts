import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A member of a class, an interface or an object type. */
export interface Member {
  name: string;
  isDocumented: boolean;
}

/** A declaration that the users of the package see. */
export interface Declaration {
  name: string;
  kind: string;
  isDocumented: boolean;
  members: Member[];
  text: string;
}

/** The declarations that TypeScript emits for `lib/`, by module, such as `client`. */
export function emitDeclarations(): Map<string, Declaration[]> {
  const directory = mkdtempSync(join(tmpdir(), "mqtt-native-declarations-"));
  try {
    const compiler = join(
      dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
      "bin/tsc",
    );
    const options = [
      "-p",
      "tsconfig.json",
      "--emitDeclarationOnly",
      "--incremental",
      "false",
      "--outDir",
      directory,
    ];
    execFileSync(process.execPath, [compiler, ...options], { stdio: "inherit" });
    const files = readdirSync(directory, { recursive: true, encoding: "utf8" });
    const modules = files.filter((file) => file.endsWith(".d.ts"));
    return new Map(
      modules.map((file) => [
        file.slice(0, -".d.ts".length),
        parse(readFileSync(join(directory, file), "utf8")),
      ]),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const DECLARATION = /^(?:export )?(?:declare )?(class|interface|type|const|function) (\w+)/;
const MEMBER = /^( {4,})(?:(?:static|readonly|get|set) )*(?:(\w+)|\[Symbol\.(\w+)\])\??[(:<]/;

/** Parses the regular output of the compiler: declarations begin at the margin, and members are indented. */
function parse(text: string): Declaration[] {
  const declarations: Declaration[] = [];
  let comment: "none" | "open" | "closed" = "none";
  for (const line of text.split("\n")) {
    if (line.trimStart().startsWith("/**")) comment = "open";
    if (comment === "open") {
      if (line.trimEnd().endsWith("*/")) comment = "closed";
      continue;
    }
    const isDocumented = comment === "closed";
    const [, kind, name] = DECLARATION.exec(line) ?? [];
    if (kind !== undefined && name !== undefined)
      declarations.push({ kind, name, isDocumented, members: [], text: "" });
    const current = declarations.at(-1);
    if (current !== undefined) {
      current.text += `${line}\n`;
      addMember(current, line, isDocumented);
    }
    comment = "none";
  }
  return declarations;
}

function addMember({ members }: Declaration, line: string, isDocumented: boolean): void {
  const [, indentation, plain, symbol] = MEMBER.exec(line) ?? [];
  const name = plain ?? symbol;
  // A member of type `never` only excludes a combination.
  if (name === undefined || name === "constructor" || line.includes(": never;")) return;
  // The comment of the outer member covers the members inside its type.
  const isInner = indentation !== "    ";
  const known = members.find((member) => member.name === name);
  if (known === undefined) members.push({ name, isDocumented: isDocumented || isInner });
  else known.isDocumented ||= isDocumented;
}
