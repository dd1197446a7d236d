// The names that esbuild's --keep-names gives to functions. The name of a class is part of the interface. An arrow
// function would need 256 bytes for the property, and each client creates twenty of them.

import { readFileSync, writeFileSync } from "node:fs";

const EACH = 'var __name = (target, value) => __defProp(target, "name", { value, configurable: true });';
/** Arrow functions and methods have no prototype. */
const CLASSES =
  'var __name = (target, value) => target.prototype ? __defProp(target, "name", { value, configurable: true }) : target;';

/** Lets the code of a bundle name its classes only. Returns code without names unchanged. */
export function nameClassesOnly(code) {
  if (!code.includes("var __name =")) return code;
  if (!code.includes(EACH)) throw new Error("esbuild names functions in another way than is known here");
  return code.replace(EACH, CLASSES);
}

/** Does the same to files. */
export function nameClassesOnlyIn(files) {
  for (const file of files) {
    const code = readFileSync(file, "utf8");
    const cheaper = nameClassesOnly(code);
    if (cheaper !== code) writeFileSync(file, cheaper);
  }
}
