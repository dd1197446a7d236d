import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export interface InstalledPackage {
  name: string;
  version: string;
  folder: string;
}

/**
 * Finds the package that a file belongs to: the nearest folder above it whose `package.json` has a name. Returns
 * undefined for a file of no package, and for a `package.json` that cannot be read or is no JSON.
 */
export function findPackage(file: string): InstalledPackage | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (basename(folder) === "node_modules" || folder === dirname(folder)) return undefined;
    const text = readText(join(folder, "package.json"));
    if (text === undefined) continue;
    const manifest = parse(text);
    if (manifest === undefined) return undefined;
    // A folder such as dist/ may have a package.json that only says the type of its files.
    const { name, version } = manifest;
    if (typeof name === "string")
      return { name, version: typeof version === "string" ? version : "", folder };
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function parse(text: string): { name?: unknown; version?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
