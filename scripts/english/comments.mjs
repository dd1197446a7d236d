// Extracts the comments of a source file: TypeScript, JavaScript, C, C++, CMake, shell and YAML.

const CODE = /\.(?:[cm]?[jt]s|[ch]pp|[ch])$/;
const HASH = /(?:\.(?:cmake|sh|ya?ml)|(?:^|\/)(?:CMakeLists\.txt|run|\.clang-(?:format|tidy)))$/;

/** Whether this module knows the comments of a file of this name. */
export const hasComments = (path) => CODE.test(path) || HASH.test(path);

/**
 * The comments of a file, each as its lines `{ line, text }` without comment marks; `line` counts from 1. Line comments
 * on adjacent lines of the same column are one comment.
 */
export function commentsOf(path, source) {
  const comments = CODE.test(path) ? codeComments(source, /\.[cm]?[jt]s$/.test(path)) : hashComments(source);
  return joined(comments).map(({ lines }) => lines);
}

const COMMENT = String.raw`(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)`;
const STRING = String.raw`"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'`;
const RAW_STRING = String.raw`R"(?<fence>[^()\\\s]*)\([\s\S]*?\)\k<fence>"`;
// In a number of C++ an apostrophe separates digits; it begins no character.
const WORD = String.raw`\d[\w.']*|[\w$]+`;
const REGULAR_EXPRESSION = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/\w*/y;
const TEMPLATE_PART = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*(?:`|\$\{)?/y;

/** A slash after one of these begins a regular expression: operators, and keywords that take a value. */
const BEFORE_VALUE = /^(?:[([{,;=:?!&|+\-*%<>~^]|return|typeof|case|in|of|await|yield|void|else)$/;

function codeComments(source, isScript) {
  const token = new RegExp(
    [COMMENT, RAW_STRING, STRING, WORD, String.raw`\s+`, String.raw`[\s\S]`].join("|"),
    "y",
  );
  const comments = [];
  const braces = []; // open braces; true for one that began in a template
  let before = ";";
  while (token.lastIndex < source.length) {
    const start = token.lastIndex;
    const match = token.exec(source);
    const [text] = match;
    if (match.groups.comment !== undefined) comments.push(commentAt(source, start, text));
    else if (isScript) token.lastIndex = scriptEnd(source, start, text, before, braces) ?? token.lastIndex;
    if (match.groups.comment === undefined && text.trim() !== "") before = text;
  }
  return comments;
}

/** The end of a template or a regular expression that begins at `start`, where JavaScript has one. */
function scriptEnd(source, start, text, before, braces) {
  if (text === "{") braces.push(false);
  if (text === "`" || (text === "}" && braces.pop())) {
    const end = endOf(TEMPLATE_PART, source, start + 1);
    if (source.startsWith("${", end - 2)) braces.push(true);
    return end;
  }
  return text === "/" && BEFORE_VALUE.test(before) ? endOf(REGULAR_EXPRESSION, source, start) : undefined;
}

function endOf(pattern, source, start) {
  pattern.lastIndex = start;
  return pattern.test(source) ? pattern.lastIndex : undefined;
}

function commentAt(source, start, text) {
  const margin = source.lastIndexOf("\n", start - 1) + 1;
  const first = source.slice(0, start).split("\n").length;
  const lines = text.startsWith("//") ? [text.replace(/^\/\/[/!]?<?/, "")] : blockLines(text);
  return {
    column: start - margin,
    isOwnLine: source.slice(margin, start).trim() === "",
    isBlock: text.startsWith("/*"),
    lines: lines.map((line, index) => ({ line: first + index, text: line })),
  };
}

const blockLines = (text) =>
  text
    .replace(/^\/\*[*!]?<?/, "")
    .replace(/\*\/$/, "")
    .split("\n")
    .map((line, index) => (index === 0 ? line : line.replace(/^\s*\*?/, "")));

function hashComments(source) {
  return source.split("\n").flatMap((line, index) => {
    const withoutStrings = line.replaceAll(/"(?:\\.|[^"\\])*"|'[^']*'/g, (text) => "_".repeat(text.length));
    const [mark] = /(?<=^|\s)#+/.exec(withoutStrings) ?? [];
    if (mark === undefined) return [];
    const column = withoutStrings.search(/(?<=^|\s)#/);
    return [
      {
        column,
        isOwnLine: line.slice(0, column).trim() === "",
        isBlock: false,
        lines: [{ line: index + 1, text: line.slice(column + mark.length) }],
      },
    ];
  });
}

/** Joins each line comment to the one above it, where that has the same column. */
function joined(comments) {
  const result = [];
  for (const comment of comments) {
    const last = result.at(-1);
    const continues =
      last !== undefined &&
      comment.isOwnLine &&
      !comment.isBlock &&
      !last.isBlock &&
      last.column === comment.column &&
      last.lines.at(-1).line === comment.lines[0].line - 1;
    if (continues) last.lines.push(...comment.lines);
    else result.push({ ...comment, lines: [...comment.lines] });
  }
  return result;
}
