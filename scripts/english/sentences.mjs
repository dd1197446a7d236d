// Divides a paragraph into sentences and counts their words.

/** Each counts as one word, whatever is in it. */
const UNITS = /`[^`]+`|\{@link [^}]*\}|\]\([^)\s]*\)|\b\w+:\/\/\S+/g;
const END = /[.!?]+["')\]*_]*(?=\s|$)/g;
/** After an ellipsis or an abbreviation only these begin a sentence. */
const CAPITAL = /^[\s"'([*_]*[\p{Lu}\d`<{]/u;
const NO_END = /\.\.$|(?:^|[\s(])(?:e\.g|i\.e|etc|cf|vs|approx)\.$/;
const NEVER_AN_END = /(?:^|[\s(])(?:e\.g|i\.e|cf|vs|No)\.$/;

/** The sentences of a paragraph, as `{ line, text, words }`. `line` is that of the first word. */
export function sentencesOf({ lines }) {
  const text = lines.map((each) => each.text).join("\n");
  // The mask has the length of the text, so positions in it are positions in the text.
  const masked = text.replaceAll(UNITS, (unit) => unit[0] + "x".repeat(unit.length - 1));
  const ends = [...masked.matchAll(END)]
    .map(({ index, 0: mark }) => index + mark.length)
    .filter((end) => end === masked.length || isEnd(masked, end));
  const starts = [0, ...ends];
  return starts
    .map((start, index) => {
      const end = starts[index + 1] ?? text.length;
      const begin = start + /^\s*/.exec(masked.slice(start, end))[0].length;
      return {
        line: lines[text.slice(0, begin).split("\n").length - 1]?.line,
        text: text.slice(begin, end).replaceAll(/\s+/g, " ").trim(),
        words: wordsIn(masked.slice(begin, end)),
      };
    })
    .filter((sentence) => sentence.words > 0);
}

function isEnd(masked, end) {
  const before = masked.slice(0, end);
  return !NEVER_AN_END.test(before) && (!NO_END.test(before) || CAPITAL.test(masked.slice(end)));
}

const wordsIn = (text) => text.split(/\s+/).filter((word) => /[\p{L}\d]/u.test(word)).length;
