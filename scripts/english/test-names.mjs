// Extracts the names of tests.

const IS_TEST = /(?:\.test\.ts|_test\.cpp)$/;
const STRING = String.raw`(?<quote>["'\x60])(?<name>(?:\\.|(?!\k<quote>).)*)\k<quote>`;
/** A name in C++, and a name in a script: a string before a function. */
const NAMES = [
  new RegExp(String.raw`\b(?:TEST_CASE|SUBCASE)\(\s*${STRING}`, "g"),
  new RegExp(String.raw`\(\s*${STRING},\s*(?:\{[^}]*\},\s*)?(?:async )?(?:\([^)]*\)|\w+) =>`, "g"),
];

/** The names of the tests in a file, as `{ line, text }`; none in a file that has no tests. */
export function testNamesOf(path, source) {
  if (!IS_TEST.test(path)) return [];
  return NAMES.flatMap((pattern) =>
    [...source.matchAll(pattern)].map(({ index, 0: match, groups }) => ({
      line: source.slice(0, index + match.indexOf(groups.quote)).split("\n").length,
      text: groups.name,
    })),
  );
}
