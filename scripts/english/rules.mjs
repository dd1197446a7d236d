// The rules of the English in comments and documents. The rule behind them: the subject comes first, it is a noun or a
// code name, and a sentence has one idea.

import { commentsOf } from "./comments.mjs";
import { paragraphsOfComment, paragraphsOfMarkdown } from "./paragraphs.mjs";
import { sentencesOf } from "./sentences.mjs";
import { testNamesOf } from "./test-names.mjs";

export const MAX_WORDS = 25;
export const MAX_COLUMNS = 120;

/** Beginnings that put a clause or a part where the subject should be, or that lean on the sentence before. */
const OPENERS = [
  /^(?:what|who|whom|whose|whoever|whatever|whichever)\b/i,
  /^(?:Those|Ones?|Each|All) (?:that|who|whom|whose|which)\b/,
  /^(?:In|For|To|By|From|With|At|On|About|Of) (?:what|whom|whoever|whatever|which|whose)\b/,
  /^Of (?!course\b)/,
  /^That (?:it|they|we|you|he|she|one|there|this|these|the|a|an|each|every|no|nothing|our|its|their)\b/,
  /^(?:Which|Likewise|Ditto|Nor)\b/,
  /^(?:So|As) (?:do|does|did|is|are|was|were|has|have|had|can|must|will)\b/,
];
/** A clause after a semicolon is a sentence, too. */
const CLAUSE = /; (?=(?:what|who|whoever|whatever) )/;

/** An obligation without "must". "The aim is to …" and "there is to …" are none. */
const OBLIGATION =
  /(?<!\b(?:there|aim|all|goal|job|point|purpose|task|way) )\b(?:is|are|was|were) to (?=[a-z])/;

/** Beginnings of test names that lean on another name. */
const CONTINUATIONS = /^(?:so|and|but|or|nor|not|neither|then|also|too|likewise|it|its|they|their|of) /i;

/** The faults of a file, as `{ line, rule, text }` in the order of lines. */
export function faultsIn(path, source) {
  const isDocument = path.endsWith(".md");
  const paragraphs = isDocument
    ? paragraphsOfMarkdown(source)
    : commentsOf(path, source).flatMap(paragraphsOfComment);
  const faults = [
    ...testNamesOf(path, source).flatMap(faultsOfName),
    ...paragraphs.flatMap(faultsOfParagraph),
    ...longLines(paragraphs, source, MAX_COLUMNS),
  ];
  return faults.toSorted((a, b) => a.line - b.line);
}

function faultsOfParagraph(paragraph) {
  return sentencesOf(paragraph).flatMap(({ line, text, words }) => [
    ...(words > MAX_WORDS ? [{ line, rule: `${words} words`, text }] : []),
    ...(hasClauseForSubject(text, paragraph.kind) ? [{ line, rule: "subject", text }] : []),
    ...(OBLIGATION.test(text) ? [{ line, rule: "must", text }] : []),
  ]);
}

/** Questions are sentences of their own kind, and cells of tables are no sentences. */
function hasClauseForSubject(text, kind) {
  if (kind === "cell" || text.endsWith("?")) return false;
  const clauses = text.split(CLAUSE).map((clause) => clause.replace(/^[\s"'([*_]+/, ""));
  return clauses.some((clause) => OPENERS.some((opener) => opener.test(clause)));
}

/** A test's name stands alone: reports show it without the names before it. */
function faultsOfName({ line, text }) {
  const isFaulty = CONTINUATIONS.test(text) || hasClauseForSubject(text, "name");
  return isFaulty ? [{ line, rule: "test name", text }] : [];
}

/** Lines of prose that are too long. Rows of tables and lines with an address are as long as they must be. */
function longLines(paragraphs, source, max) {
  const lines = source.split("\n");
  const prose = paragraphs.filter(({ kind }) => kind !== "cell").flatMap((each) => each.lines);
  const numbers = new Set(prose.filter(({ text }) => text.trim() !== "").map(({ line }) => line));
  return [...numbers]
    .map((line) => ({ line, rule: `${lines[line - 1].length} columns`, text: lines[line - 1].trim() }))
    .filter(({ line, text }) => lines[line - 1].length > max && !text.includes("://"));
}
