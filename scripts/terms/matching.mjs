// Finds terms in the text and in the names of files.

/**
 * A pattern for a term in every spelling, in prose too. That of "local side" finds localSide, LocalSide, local_side,
 * local-side, LOCAL_SIDE, "local side" and plurals.
 */
export function anySpelling(term) {
  const words = term.split(" ");
  const [first, ...others] = words;
  const capital = (word) => word[0].toUpperCase() + word.slice(1);
  const plural = "(?:e?s)?(?![a-z])";
  const spellings = [
    `(?<![a-zA-Z])(?:${first}|${capital(first)})${others.map((word) => `[-_ ]${word}`).join("")}${plural}`,
    `(?:(?<![a-zA-Z])${first}|${capital(first)})${others.map(capital).join("")}${plural}`,
    `(?<![A-Z])${words.join("_").toUpperCase()}(?:E?S)?(?![A-Z])`,
  ];
  return new RegExp(spellings.join("|"), "g");
}

/** A pattern for whole identifiers and names of files, as they are written. */
export function exactly(names) {
  const escaped = names.map((name) => name.replaceAll(".", "\\."));
  return new RegExp(String.raw`(?<![\w$#-])(?:${escaped.join("|")})(?![\w$-])`, "g");
}

/**
 * The lines of a file that have a term, once for each time; 0 stands for the file's path. `find` counts everywhere,
 * `findInCode` outside of comments, and `within` names the files and folders to look in.
 *
 * @param {{ find?: RegExp, findInCode?: RegExp, within?: string[] }} term
 * @param {string} path
 * @param {string} text
 * @returns {number[]}
 */
export function linesWith({ find, findInCode, within }, path, text) {
  if (within?.every((each) => !path.startsWith(each))) return [];
  return [path, ...text.split("\n")].flatMap((line, number) => {
    const everywhere = find ? [...line.matchAll(find)] : [];
    const inCode = findInCode ? [...withoutComment(line).matchAll(findInCode)] : [];
    return [...everywhere, ...inCode].map(() => number);
  });
}

/** Removes the comments of a line of a script or of C++, as far as one line tells. */
const withoutComment = (line) => line.replaceAll(/^\s*\*.*|\/\/.*|\/\*.*?(?:\*\/|$)/g, "");
