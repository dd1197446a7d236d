// Knowing that nothing changed since something was last built.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { filesIn } from "./files.mjs";
import { root } from "./run.mjs";

/**
 * Builds unless the product exists and was built from these very inputs. `inputs` are files and folders; `also` is a text
 * that stands for what the build depends on besides. Returns a remark.
 */
export async function buildWhenChanged({ product, inputs, also = "" }, build) {
  const stamp = join(root, "build", `${product.replaceAll("/", "-")}.stamp`);
  // Taken before the build: a file edited meanwhile makes the product out of date, not the stamp wrong.
  const fingerprint = fingerprintOf(inputs, also);
  if (existsSync(join(root, product)) && read(stamp) === fingerprint) return "up to date";
  await build();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, fingerprint);
  return "built";
}

function fingerprintOf(inputs, also) {
  const hash = createHash("sha256").update(also);
  for (const file of inputs.flatMap(filesIn).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

const read = (file) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);
