// The English of comments and documents keeps the rules of scripts/english/rules.mjs.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { commentsOf } from "../../scripts/english/comments.mjs";
import { CLEAN, filesWithEnglish } from "../../scripts/english/files.mjs";
import { faultsIn } from "../../scripts/english/rules.mjs";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

interface Fault {
  line: number;
  rule: string;
  text: string;
}
interface CommentLine {
  line: number;
  text: string;
}

/** The faults of a text, each as its line and its rule. */
const faults = (path: string, text: string): string[] =>
  faultsIn(path, text).map(({ line, rule }: Fault) => `${line} ${rule}`);

/** The comments of a source, each on one line. */
const comments = (path: string, source: string): string[] =>
  commentsOf(path, source).map((lines: CommentLine[]) =>
    lines
      .map(({ text }) => text.trim())
      .join(" ")
      .trim(),
  );

/** A sentence of so many short words. */
const words = (count: number): string => `W${" w".repeat(count - 1)}.`;

test.each(CLEAN)("the English of %s keeps the rules", (path) => {
  const files = filesWithEnglish([path]);
  expect(files.length).toBeGreaterThan(0);
  const found = files.flatMap((file: string) =>
    faultsIn(file, read(file)).map(({ line, rule, text }: Fault) => `${file}:${line}: ${rule}: ${text}`),
  );
  expect(found).toEqual([]);
});

describe("length of sentences", () => {
  test("25 words are allowed and 26 are not", () => {
    expect(faults("a.md", words(25))).toEqual([]);
    expect(faults("a.md", words(26))).toEqual(["1 26 words"]);
  });

  test("the line is that of the sentence's first word", () => {
    expect(faults("a.md", `# Heading\n\nShort.\nShort again. Word\n${words(26)}`)).toEqual(["4 27 words"]);
  });

  test("a code span, a link's address and a {@link} count as one word", () => {
    expect(faults("a.md", `${words(23).slice(0, -1)} \`a b c. D e\` [word](https://a.b/c).`)).toEqual([]);
    expect(faults("a.ts", `// ${words(24).slice(0, -1)} {@link A.b the thing}.`)).toEqual([]);
  });

  test("punctuation that stands alone is no word", () => {
    expect(faults("a.md", `${words(25).slice(0, -1)} – + = …`)).toEqual([]);
  });

  test("an abbreviation or a version ends no sentence", () => {
    const half = words(12).slice(0, -1);
    expect(faults("a.md", `${half}, e.g. Word ${half}, i.e. word.`)).toEqual(["1 28 words"]);
    expect(faults("a.md", `${half} 1.3.12 word ${half}.`)).toEqual(["1 26 words"]);
  });

  test("a sentence may begin with a name in lower case", () => {
    expect(faults("a.md", `${words(20)} mqtt-native ${words(20)}`)).toEqual([]);
  });

  test("list items, headings, and parts of table rows are counted on their own", () => {
    const text = words(20).slice(0, -1);
    expect(faults("a.md", `# ${text}\n${text}\n- ${text}\n  ${text}\n1. ${text}`)).toEqual(["3 40 words"]);
    expect(faults("a.md", `| ${text} | ${text}; ${text} |\n|---|---|`)).toEqual([]);
    expect(faults("a.md", `| ${text} ${text} |`)).toEqual(["1 40 words"]);
  });

  test("code has no sentences", () => {
    expect(faults("a.md", `\`\`\`js\n${words(30)}\n\`\`\`\n\nText.`)).toEqual([]);
    expect(faults("a.ts", `/**\n * Adds.\n *\n * @example\n * ${words(30)}\n */`)).toEqual([]);
    expect(faults("a.ts", `const text = "// ${words(30)}";`)).toEqual([]);
  });

  test("a tag and its description are counted without the name and the type", () => {
    const text = words(24).slice(0, -1);
    expect(
      faults("a.ts", `/**\n * @param {Map<string, string>} [options] ${text}\n * @returns ${text}\n */`),
    ).toEqual([]);
  });

  test("notes to tools have no sentences", () => {
    expect(faults("a.ts", `// biome-ignore lint/x: ${words(30)}`)).toEqual([]);
  });
});

describe("length of lines", () => {
  test("120 columns are allowed and 121 are not", () => {
    const line = (columns: number) => `${"Word. ".repeat(30).slice(0, columns - 1)}x`;
    expect(faults("a.md", line(120))).toEqual([]);
    expect(faults("a.md", line(121))).toEqual(["1 121 columns"]);
    expect(faults("a.cpp", `  // ${line(116)}`)).toEqual(["1 121 columns"]);
  });

  test("rows of tables, code and lines with a URL may be longer", () => {
    const long = "Word. ".repeat(30);
    expect(faults("a.md", `| ${long} |`)).toEqual([]);
    expect(faults("a.md", `Address https://a.b/c ${long}`)).toEqual([]);
    expect(faults("a.ts", `call("${long}");`)).toEqual([]);
  });
});

describe("subjects", () => {
  test.each([
    "What waits is sent later.",
    "Who holds it has the queue.",
    "Whoever locks it must unlock it.",
    "Whatever happens is reported.",
    "Of a burst the send thread writes all.",
    "Of the three the first counts.",
    "Of what is queued nothing is lost.",
    "That it takes less is surprising.",
    "That the socket is open is checked.",
    "Likewise; the caller must flush.",
    "Those that wait are notified.",
    "One that fails is closed.",
    "In what is read nothing may be lost.",
    "So does the server.",
    "Nor does it block.",
    "Which is why it waits.",
    "**What waits** is sent later.",
    "The queue is bounded; what waits is sent later.",
    "whoever locks it",
  ])("%j begins with a clause or a part", (sentence) => {
    expect(faults("a.md", sentence)).toEqual(["1 subject"]);
    expect(faults("a.cpp", `int a;  // ${sentence}`)).toEqual(["1 subject"]);
  });

  test.each([
    "What does `ECONNREFUSED` mean?",
    "Of course it is closed.",
    "That call returns at once.",
    "That is why it waits.",
    "So the queue is bounded.",
    "When the socket is closed, the thread ends.",
    "A queue of what was received.",
  ])("%j begins with a subject or is a question", (sentence) => {
    expect(faults("a.md", sentence)).toEqual([]);
  });

  test("cells of tables need no subject", () => {
    expect(faults("a.md", "| What it costs | Of all |")).toEqual([]);
  });
});

describe("obligations", () => {
  test.each(["A caller is to flush them.", "The bytes are to be sent first.", "The thread was to read it."])(
    "%j needs must",
    (sentence) => {
      expect(faults("a.md", sentence)).toEqual(["1 must"]);
    },
  );

  test.each([
    "A caller must flush them.",
    "The aim is to flush them.",
    "Nothing there is to flush.",
    "It is up to us.",
  ])("%j has no obligation without must", (sentence) => {
    expect(faults("a.md", sentence)).toEqual([]);
  });
});

describe("names of tests", () => {
  test.each([
    "what waits is sent later",
    "who waits is told",
    "so do the others",
    "but no more than that",
    "it is closed",
    "not one without a header",
    "of two values the last counts",
  ])("%j leans on another name or has a clause for a subject", (name) => {
    expect(faults("a.test.ts", `test("${name}", () => {});`)).toEqual(["1 test name"]);
    expect(faults("a.test.ts", `\ntest.each([1])(\n  "${name}",\n  async (a) => {});`)).toEqual([
      "3 test name",
    ]);
    expect(faults("a_test.cpp", `TEST_CASE("${name}") {\n}`)).toEqual(["1 test name"]);
    expect(faults("a_test.cpp", `SUBCASE("${name}") {\n}`)).toEqual(["1 test name"]);
  });

  test.each(["a full queue drops the oldest message", "another topic takes over the alias"])(
    "%j stands alone",
    (name) => {
      expect(faults("a.test.ts", `test("${name}", () => {});`)).toEqual([]);
    },
  );

  test("strings of other files are no names of tests", () => {
    expect(faults("a.ts", `once(${JSON.stringify("what waits")}, () => {});`)).toEqual([]);
  });
});

describe("comments of", () => {
  test.each([
    ["adjacent lines", "// One\n// two.\nlet a; // Three.", ["One two.", "Three."]],
    ["lines of different columns", "// One.\n  // Two.", ["One.", "Two."]],
    ["a block", "/**\n * One\n * two.\n */", ["One two."]],
    ["strings", `const a = "// no"; const b = '/* no */'; // Yes.`, ["Yes."]],
    ["escaped quotes", `const a = "\\"// no"; // Yes.`, ["Yes."]],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is in the source that is read
    ["templates", "const a = `// no ${b /* In. */ + `// no ${{ c: 1 }}`} // no`; // Yes.", ["In.", "Yes."]],
    ["regular expressions", "const a = /[/]'\\/\\/\"/g; const b = c / d; // Yes.", ["Yes."]],
    ["quotients", "const a = (b) / 2; // One.\nconst c = d / 2; // Two.", ["One.", "Two."]],
  ])("scripts: %s", (_what, source, expected) => {
    expect(comments("a.ts", source)).toEqual(expected);
    expect(comments("a.mjs", source)).toEqual(expected);
  });

  test.each([
    ["digit separators", "int a = 1'000'000;  // Yes.", ["Yes."]],
    ["characters", "char a = '\"';  // One.\nchar b = '\\'';  // Two.", ["One.", "Two."]],
    ["raw strings", 'auto a = R"x(// no )" /* no */)x";  // Yes.', ["Yes."]],
    ["members and blocks", "int a;  ///< One.\n/* Two\n   three. */", ["One.", "Two three."]],
    ["quotients", "a = b / c; d = e / f;  // Yes.", ["Yes."]],
  ])("C++: %s", (_what, source, expected) => {
    expect(comments("a.cpp", source)).toEqual(expected);
  });

  test.each(["CMakeLists.txt", "a.cmake", "a.sh", ".ci/run", "a.yml"])("%s", (path) => {
    const source = "# One\n# two.\nset(a \"# no\" 'it # no')  # Three.\nb#no\n";
    expect(comments(path, source)).toEqual(["One two.", "Three."]);
  });
});
