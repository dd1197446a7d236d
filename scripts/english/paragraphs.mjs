// Divides comments and Markdown into paragraphs of prose: { kind, lines: [{ line, text }] }.

/** Notes to tools, which are no prose. */
const DIRECTIVE = /^\s*(?:!|biome-ignore|@ts-|NOLINT|clang-format o|@vitest)/;
const TAG = /^\s*@(\w+)/;
const TAG_HEAD =
  /^\s*@(?:param|property|template|typedef)\s+(?:\{(?:[^{}]|\{[^{}]*\})*\}\s+)?\[?[\w.$]+(?:=[^\]]*)?\]?\s*-?|^\s*@\w+\s*(?:\{(?:[^{}]|\{[^{}]*\})*\})?/;
const LIST_ITEM = /^\s*(?:[-*+]|\d+\.)\s+/;
const FENCE = /^\s*```/;
const TABLE = /^\s*\|/;
const HEADING = /^#+\s+/;

/** The paragraphs of a comment, which is its lines. Tags and list items are paragraphs of their own; code has none. */
export function paragraphsOfComment(lines) {
  const paragraphs = new Paragraphs();
  let isCode = false;
  for (const { line, text } of lines) {
    const [, tag] = TAG.exec(text) ?? [];
    if (tag !== undefined) isCode = tag === "example";
    if (FENCE.test(text)) isCode = !isCode;
    if (isCode || FENCE.test(text) || TABLE.test(text) || DIRECTIVE.test(text)) paragraphs.end();
    else if (tag !== undefined) paragraphs.begin("tag", line, text.replace(TAG_HEAD, blank));
    else if (LIST_ITEM.test(text)) paragraphs.begin("item", line, text.replace(LIST_ITEM, blank));
    else paragraphs.add("text", line, text);
  }
  return paragraphs.all();
}

/** The paragraphs of a Markdown text. Headings, list items and cells of tables are paragraphs of their own. */
export function paragraphsOfMarkdown(source) {
  const paragraphs = new Paragraphs();
  let isCode = false;
  for (const [index, text] of source.split("\n").entries()) {
    const line = index + 1;
    if (FENCE.test(text)) isCode = !isCode;
    if (isCode || FENCE.test(text) || /^\s*</.test(text)) paragraphs.end();
    else if (TABLE.test(text)) paragraphs.addCells(line, text);
    else if (HEADING.test(text)) paragraphs.addAlone("heading", line, text.replace(HEADING, ""));
    else if (LIST_ITEM.test(text)) paragraphs.begin("item", line, text.replace(LIST_ITEM, blank));
    else paragraphs.add("text", line, text);
  }
  return paragraphs.all();
}

class Paragraphs {
  #done = [];
  #open;

  begin(kind, line, text) {
    this.end();
    this.#open = { kind, lines: [{ line, text }] };
  }

  /** Continues the open paragraph; begins one where there is none; ends it at an empty line. */
  add(kind, line, text) {
    if (text.trim() === "") this.end();
    else if (this.#open) this.#open.lines.push({ line, text });
    else this.begin(kind, line, text);
  }

  addAlone(kind, line, text) {
    this.begin(kind, line, text);
    this.end();
  }

  /** Adds the parts of a row: its cells, and what semicolons divide them into. */
  addCells(line, row) {
    this.end();
    for (const part of row.split(/(?<!\\)\||;/)) this.addAlone("cell", line, part);
  }

  end() {
    if (this.#open) this.#done.push(this.#open);
    this.#open = undefined;
  }

  all() {
    this.end();
    return this.#done;
  }
}

function blank(text) {
  return " ".repeat(text.length);
}
