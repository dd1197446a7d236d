import { readFileSync } from "node:fs";

/** An example on a page of documentation. */
export interface CodeBlock {
  /** The heading above it. */
  heading: string;
  language: string;
  code: string;
}

/** The examples of a page in their order. `path` is relative to the repository's root. */
export function readCodeBlocks(path: string): CodeBlock[] {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  const blocks: CodeBlock[] = [];
  let heading = "";
  for (const [, title, language, code] of text.matchAll(/^#+ (.*)$|^```(\w*)\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    else blocks.push({ heading, language: language ?? "", code: code ?? "" });
  }
  return blocks;
}

const IMPORT = /^import [^;]* from "mqtt-native";\n/gm;

/** The code of the blocks, without imports from the package. */
export function withoutImports(blocks: readonly CodeBlock[]): string {
  return blocks.map(({ code }) => code.replaceAll(IMPORT, "")).join("\n");
}
