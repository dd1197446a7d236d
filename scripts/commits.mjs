// Prints the commits whose messages do not have the form that CONTRIBUTING.md asks for.
//
// node scripts/commits.mjs [range]
//
// The range is one of git log, such as main..HEAD. The default is all commits since the form is checked, which are
// those after the commit that added this script.

import { execFileSync } from "node:child_process";
import { faultsOfMessage } from "./checks/commit-form.mjs";
import { refuse } from "./setup/command-line.mjs";

const [range = sinceThisScript(), ...more] = process.argv.slice(2);
if (more.length > 0) refuse(`There is one range at most: what is ${more.join(" ")}?`);

const commits = git("log", "--no-merges", "-z", "--format=%h%n%B", range).split("\0").filter(Boolean);
const faults = commits.flatMap((commit) => {
  const [hash, ...lines] = commit.split("\n");
  return faultsOfMessage(lines.join("\n")).map((fault) => `${hash} "${lines[0]}" ${fault}`);
});
for (const fault of faults) console.log(fault);
console.log(`${commits.length} commits, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;

function sinceThisScript() {
  const added = git("log", "--diff-filter=A", "--format=%H", "-1", "--", "scripts/commits.mjs").trim();
  if (added === "") refuse("The commit that added this script is not in the history: please name a range");
  return `${added}..HEAD`;
}

function git(...args) {
  try {
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    return refuse(`git cannot tell: ${error.stderr?.trim() || error.message}`);
  }
}
