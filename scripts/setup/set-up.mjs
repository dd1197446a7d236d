// Set-up by need: each step declares what it needs, and only the union of that is installed and built.

import { benchBuild } from "./bench-build.mjs";
import { conformanceBuild, npmBrokers } from "./brokers.mjs";
import { ecosystemPackages } from "./ecosystem.mjs";
import { nativeBuild } from "./native-build.mjs";
import { npmPackages } from "./npm-packages.mjs";
import { runtimes } from "./runtimes.mjs";
import { passes } from "./steps.mjs";
import { missingPackages, purposes, systemPackages } from "./system-packages.mjs";
import { typescriptBuild } from "./typescript-build.mjs";

/** Needs that are products of steps, in the order in which these run; `after` names the needs of the step itself. */
const products = {
  npm: { after: [], step: ["packages:npm", npmPackages], is: "npm packages" },
  runtimes: {
    after: ["system:smoke"],
    step: ["packages:runtimes", runtimes],
    is: "Node, Bun and Deno from npm (1.4 GB)",
  },
  addon: { after: ["system:build", "npm"], step: ["build:native", nativeBuild], is: "the addon" },
  dist: { after: ["npm"], step: ["build:typescript", typescriptBuild], is: "dist/" },
  "bench-programs": {
    after: ["system:build"],
    step: ["build:bench", benchBuild],
    is: "the benchmark's programs",
  },
  aedes: { after: [], step: ["packages:aedes", npmBrokers], is: "aedes from npm" },
  ecosystem: {
    after: [],
    step: ["packages:ecosystem", ecosystemPackages],
    is: "packages that use MQTT.js from npm (0.3 GB)",
  },
  conformance: {
    after: ["npm"],
    step: ["build:conformance", conformanceBuild],
    is: "the conformance checks",
  },
};

const systemPrefix = "system:";

/** Every need that a step may declare. */
export const needNames = [...purposes.map((purpose) => systemPrefix + purpose), ...Object.keys(products)];

/** These needs and what they need themselves, each once, in the order of set-up. Throws on a name that is no need. */
export function withTheirNeeds(needs) {
  const unknown = needs.filter((need) => !needNames.includes(need));
  if (unknown.length > 0) throw new Error(`There is no need ${unknown.join(" or ")}`);
  const all = new Set(needs.flatMap((need) => [need, ...withTheirNeeds(products[need]?.after ?? [])]));
  return needNames.filter((need) => all.has(need));
}

/** Provides these needs; ends the process when one cannot be provided. */
export async function setUp(needs) {
  const failed = await provide(needs);
  if (failed.size > 0) process.exit(1);
}

/** Provides as many of these needs as possible. Resolves with those that it could not provide. */
export function provide(needs) {
  return provideInOrder(provisions(withTheirNeeds(needs)));
}

/**
 * Runs the steps of provisions `{ needs, after, step }`, which provide `needs`. Leaves out those that come after a
 * failed need. Resolves with the needs that are missing then.
 *
 * @param {{ needs: string[], after: string[], step: [name: string, work: () => unknown] }[]} provisions
 * @returns {Promise<Set<string>>}
 */
export async function provideInOrder(provisions) {
  const failed = new Set();
  for (const { needs, after, step } of provisions) {
    const provided = !after.some((need) => failed.has(need)) && (await passes(...step));
    if (!provided) for (const need of needs) failed.add(need);
  }
  return failed;
}

/** The provisions of these needs. Purposes with missing packages have one each, so that they fail one by one. */
function provisions(needs) {
  const system = systemPurposes(needs);
  const incomplete = system.filter((purpose) => missingPackages([purpose]).length > 0);
  const complete = system.filter((purpose) => !incomplete.includes(purpose));
  const groups = [...(complete.length > 0 ? [complete] : []), ...incomplete.map((purpose) => [purpose])];
  return [
    ...groups.map((group) => ({
      needs: group.map((purpose) => systemPrefix + purpose),
      after: [],
      step: [`packages:${group === complete ? "system" : group}`, () => systemPackages(...group)],
    })),
    ...Object.entries(products)
      .filter(([need]) => needs.includes(need))
      .map(([need, { after, step }]) => ({ needs: [need], after, step })),
  ];
}

/** One line on what `setUp` would install and build for these needs. */
export function setUpPlan(needs) {
  const all = withTheirNeeds(needs);
  const missing = missingPackages(systemPurposes(all));
  const made = Object.entries(products)
    .filter(([need]) => all.includes(need))
    .map(([, { is }]) => is);
  const installed = missing.length > 0 ? `It installs ${missing.join(" ")}. ` : "";
  return made.length > 0 ? `${installed}It brings up to date: ${made.join(", ")}.` : installed.trimEnd();
}

const systemPurposes = (needs) =>
  needs.filter((need) => need.startsWith(systemPrefix)).map((need) => need.slice(systemPrefix.length));
