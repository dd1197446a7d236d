// Knowing that nothing changed since something was last done.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { filesIn } from "./files.mjs";
import { root } from "./run.mjs";

/**
 * Does some work unless it was done before, by this name and with these very inputs, and its product is still there.
 * `inputs` are files and folders; `also` is a text that stands for whatever else matters. Resolves with a remark.
 */
export async function whenChanged({ name, inputs, also = "", product = "." }, work) {
  const stamp = join(root, "build", `${name}.stamp`);
  // Taken before the work: of a file that is edited meanwhile, the next run must take notice.
  const fingerprint = computeFingerprint(inputs, also);
  if (existsSync(join(root, product)) && read(stamp) === fingerprint) return "up to date";
  await work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, fingerprint);
  return "done anew";
}

function computeFingerprint(inputs, also) {
  const hash = createHash("sha256").update(also);
  for (const file of inputs.flatMap(filesIn).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

const read = (file) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);
