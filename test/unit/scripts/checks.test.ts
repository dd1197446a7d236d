// The scripts install and build only the needs of the chosen checks, and say so first.

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { checks, quickChecks } from "../../../scripts/checks/all.mjs";
import { stepsNamed } from "../../../scripts/setup/command-line.mjs";
import { needsOf, withoutNeeds } from "../../../scripts/setup/run-checks.mjs";
import { needNames, provideInOrder, withTheirNeeds } from "../../../scripts/setup/set-up.mjs";
import { Stop } from "../../../scripts/setup/steps.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));

interface Traits {
  needs: string[];
  after?: string[];
  seconds: number;
}
type Step = [name: string, work: () => unknown, traits: Traits];

const allChecks = checks as unknown as Step[];
const named = (...words: string[]): Step[] => stepsNamed(words, allChecks) as Step[];
const namesOf = (steps: Step[]): string[] => steps.map(([name]) => name);
/** All needs of the checks of these names, in the order of set-up. */
const allNeedsOf = (...words: string[]): string[] => withTheirNeeds(needsOf(named(...words)));

test.each(allChecks)("the check %s declares what it needs and how long it takes", (_name, _work, traits) => {
  expect(traits.needs.length).toBeGreaterThan(0);
  expect(traits.needs.filter((need) => !needNames.includes(need))).toEqual([]);
  expect((traits.after ?? []).filter((name) => !namesOf(allChecks).includes(name))).toEqual([]);
  expect(traits.seconds).toBeGreaterThan(0);
});

test("a need that does not exist is refused", () => {
  expect(() => withTheirNeeds(["npm", "adon"])).toThrow("There is no need adon");
});

test("the needs of a need come before it, each once", () => {
  expect(withTheirNeeds(["dist", "addon"])).toEqual(["system:build", "npm", "addon", "dist"]);
});

test.each([
  [["lint:types"], ["npm"]],
  [["lint:clang-format"], ["system:format"]],
  [["unit"], ["system:build", "npm", "addon"]],
  [["engine"], ["system:build", "system:engine"]],
  [
    ["smoke:npm", "lint:types"],
    ["system:build", "system:broker", "system:prebuild", "system:smoke", "npm", "runtimes"],
  ],
])("the checks %j need %j", (words, needs) => {
  expect(allNeedsOf(...words)).toEqual(needs);
});

test("a check fails when its set-up has failed, and others run", async () => {
  const ran: string[] = [];
  const run = (name: string, needs: string[]): Step => [name, () => ran.push(name), { needs, seconds: 1 }];
  const steps = withoutNeeds(
    [run("types", ["npm"]), run("integration", ["addon"])],
    new Set(["system:build"]),
  ) as Step[];
  for (const [name, work] of steps) {
    if (name === "types") work();
    else expect(work).toThrow("Its set-up failed: system:build");
  }
  expect(ran).toEqual(["types"]);
});

test("set-up goes on after a failure, but for what comes after it", async () => {
  const ran: string[] = [];
  const provision = (need: string, after: string[], works: boolean) => {
    const work = () => {
      ran.push(need);
      if (!works) throw new Stop("It does not work");
    };
    return { needs: [need], after, step: [need, work] as [string, () => unknown] };
  };
  const failed = await provideInOrder([
    provision("compiler", [], false),
    provision("npm", [], true),
    provision("addon", ["compiler", "npm"], true),
    provision("dist", ["npm"], true),
  ]);
  expect(ran).toEqual(["compiler", "npm", "dist"]);
  expect([...failed]).toEqual(["compiler", "addon"]);
});

test("a check that tries the tarball has it packed first", () => {
  expect(namesOf(named("smoke:bun"))).toEqual([
    ...["package:prebuilds", "package:binaries", "package:tarball"],
    "smoke:bun",
  ]);
});

test("a check without predecessors is selected alone", () => {
  expect(namesOf(named("unit"))).toEqual(["unit"]);
});

test("npm run check takes less than a minute and has types, linters and unit tests", () => {
  const quick = quickChecks as unknown as Step[];
  expect(namesOf(quick)).toEqual([
    ...["lint:biome", "lint:clang-format", "lint:types", "types:oldest", "types:newest"],
    "unit",
  ]);
  expect(quick.reduce((sum, [, , { seconds }]) => sum + seconds, 0)).toBeLessThan(60);
});

const node = (...words: string[]) => spawnSync(process.execPath, words, { cwd: root, encoding: "utf8" });

test("npm test --plan says how long all checks take and runs none", () => {
  const { stdout, status } = node("scripts/test.mjs", "--plan");
  expect(stdout).toMatch(/^npm test: \d+ checks, about \d+ minutes on two cores\.$/m);
  expect(stdout).toContain(
    "It brings up to date: npm packages, Node, Bun and Deno from npm (1.4 GB), the addon, dist/, the benchmark's programs.",
  );
  expect(stdout).not.toContain("Summary");
  expect(status).toBe(0);
});

test.each(["CONTRIBUTING.md", "docs/building.md", "docs/testing.md"])(
  "%s says how long npm test takes, as npm test does",
  (document) => {
    const text = readFileSync(join(root, document), "utf8").replaceAll("\n", " ");
    const said = [...text.matchAll(/about (\d+) minutes on two cores/g)].map(([, minutes]) =>
      Number(minutes),
    );
    const seconds = allChecks.reduce((sum, [, , traits]) => sum + traits.seconds, 0);
    expect(said.length).toBeGreaterThan(0);
    for (const minutes of said) expect(Math.abs(minutes - seconds / 60)).toBeLessThan(2);
  },
);

test("npm test --plan lint:types brings npm packages and nothing else", () => {
  const { stdout } = node("scripts/test.mjs", "--plan", "lint:types");
  expect(stdout).toMatch(
    /^npm test: 1 check, about \d+ s on two cores\.\nIt brings up to date: npm packages\.\n$/,
  );
});

test("npm pack without set-up says in one sentence what it lacks", () => {
  const clone = mkdtempSync(join(tmpdir(), "mqtt-native-clone-"));
  try {
    cpSync(join(root, "scripts"), join(clone, "scripts"), { recursive: true });
    for (const file of ["package.json", "package-lock.json"]) cpSync(join(root, file), join(clone, file));
    const { stderr, status } = node(join(clone, "scripts/prepack.mjs"));
    expect(stderr).toMatch(
      /^npm pack lacks .*the npm packages of package-lock\.json: npm run prebuilds installs them and builds the binaries\.\n$/,
    );
    expect(status).toBe(2);
  } finally {
    rmSync(clone, { recursive: true });
  }
});
