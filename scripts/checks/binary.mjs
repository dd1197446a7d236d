// Checks whether a compiled addon may be published. It must run on every Linux with the glibc below, contain all of its
// libraries, and export none of their symbols.

import { run } from "../setup/run.mjs";

const oldestGlibc = "2.34"; // the first that has all of its libraries in libc.so.6
const libraries = /^(libc\.so\.6|ld-linux-x86-64\.so\.2|ld-linux-aarch64\.so\.1)$/; // the second: thread-local storage
const exported = ["napi_register_module_v1", "node_api_module_get_api_version_v1"];
const machines = { x64: "Advanced Micro Devices X86-64", arm64: "AArch64" };

/** The faults of the addon in `file`, which should be for this architecture: a sentence for each. */
export async function findings(file, architecture) {
  const text = await run("readelf", [
    ...["--wide", "--file-header", "--program-headers", "--section-headers"],
    ...["--dynamic", "--dyn-syms", "--version-info", file],
  ]);
  return [
    ...check(/Machine: +(.+)/.exec(text)?.[1] === machines[architecture], `is not for ${architecture}`),
    ...linking(text),
    ...symbols(text),
    ...hardening(text),
    ...check(!/ \.(symtab|debug_\w+) /.test(text), "is not stripped"),
  ];
}

function linking(text) {
  const needed = all(text, /\(NEEDED\).*\[(.+)\]/g).filter((name) => !libraries.test(name));
  return [
    ...needed.map((name) => `needs the library ${name}`),
    ...all(text, /\((RPATH|RUNPATH)\)/g).map((name) => `has an ${name}`),
  ];
}

function symbols(text) {
  // Num: Value Size Type Bind Vis Ndx Name[@version]
  const rows = all(text, /^ +\d+: [0-9a-f]+ +\d+ +(.+)$/gm).map((row) => row.split(/ +/));
  const named = rows.filter(([, binding, , , name]) => name && binding !== "LOCAL");
  const undefinedOnes = named.filter(([, , , index]) => index === "UND");
  const definedOnes = named.filter(([, , , index]) => index !== "UND").map(([, , , , name]) => name);
  const versions = all(text, /Name: (\S+) +Flags/g);
  // A symbol without a version comes from any library that has it, or from Node. Only Node-API may come so.
  const unpromised = undefinedOnes.filter(
    ([, binding, , , name]) => binding !== "WEAK" && !/^(napi|node_api)_|@/.test(name),
  );
  return [
    ...definedOnes.filter((name) => !exported.includes(name)).map((name) => `exports ${name}`),
    ...exported.filter((name) => !definedOnes.includes(name)).map((name) => `does not export ${name}`),
    ...unpromised.map(([, , , , name]) => `takes ${name} from whoever has it`),
    ...versions.filter((version) => !isOldEnough(version)).map((version) => `needs ${version}`),
  ];
}

function hardening(text) {
  return [
    ...check(/GNU_RELRO/.test(text) && /BIND_NOW|Flags:.* NOW/.test(text), "has no full RELRO"),
    ...check(/GNU_STACK.* RW {2,}0x/.test(text), "has an executable stack"),
    ...check(!/TEXTREL/.test(text), "has relocations in its code"),
    ...check(/NODELETE/.test(text), "may be unloaded under its threads"),
  ];
}

/** A version of a symbol: of glibc, and none too new. */
function isOldEnough(version) {
  const [, text] = /^GLIBC_([\d.]+)$/.exec(version) ?? [];
  if (!text) return false;
  const [ours, theirs] = [oldestGlibc, text].map((of) => of.split(".").map(Number));
  return theirs[0] < ours[0] || (theirs[0] === ours[0] && theirs[1] <= ours[1]);
}

const check = (fine, sentence) => (fine ? [] : [sentence]);
const all = (text, pattern) => [...text.matchAll(pattern)].map(([, match]) => match);
