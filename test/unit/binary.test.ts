// Small libraries that each break one rule of what may be published.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findings } from "../../scripts/checks/binary.mjs";

const registration = `
void *napi_register_module_v1(void *env, void *exports) { return exports; }
int node_api_module_get_api_version_v1(void) { return 9; }
`;
const asPublished = ["-Wl,-z,now", "-Wl,-z,relro", "-Wl,-z,nodelete", "-Wl,-z,noexecstack", "-s"];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mqtt-native-binary-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What is found wrong with a library of this source. */
function findingsOf(
  source: string,
  options: string[] = [],
  { flags = asPublished, architecture = "x64" } = {},
) {
  const [code, file] = [join(folder, "library.c"), join(folder, "library.node")];
  writeFileSync(code, source);
  execFileSync("gcc", ["-shared", "-fPIC", "-o", file, code, ...flags, ...options]);
  return findings(file, architecture);
}

describe.runIf(process.platform === "linux" && process.arch === "x64")("what may be published", () => {
  test("a library that keeps all rules", async () => {
    expect(await findingsOf(registration)).toEqual([]);
  });

  test("not one for another architecture", async () => {
    expect(await findingsOf(registration, [], { architecture: "arm64" })).toEqual(["is not for arm64"]);
  });

  test("not one that needs a library besides libc", async () => {
    const options = ["-Wl,--no-as-needed", "-lstdc++", "-lm"];
    expect(await findingsOf(registration, options)).toEqual([
      "needs the library libstdc++.so.6",
      "needs the library libm.so.6",
    ]);
  });

  test("not one that looks for libraries in a place of its own", async () => {
    expect(await findingsOf(registration, ["-Wl,-rpath,/opt"])).toEqual(["has an RUNPATH"]);
  });

  test("not one that exports more, or less, than Node needs", async () => {
    expect(await findingsOf(`${registration} void SSL_new(void) {}`)).toEqual(["exports SSL_new"]);
    expect(await findingsOf("int node_api_module_get_api_version_v1(void) { return 9; }")).toEqual([
      "does not export napi_register_module_v1",
    ]);
  });

  test("not one that would take something else than Node-API from Node", async () => {
    const source = `${registration}
      extern int napi_call_function(void), SSL_new(void);
      static int use(void) { return napi_call_function() + SSL_new(); }
      int (*volatile keep)(void) __attribute__((visibility("hidden"))) = use;`;
    expect(await findingsOf(source)).toEqual(["takes SSL_new from whoever has it"]);
  });

  test("not one that needs a newer glibc", async () => {
    const source = `${registration}
      extern unsigned arc4random(void);
      unsigned (*volatile keep)(void) __attribute__((visibility("hidden"))) = arc4random;`;
    expect(await findingsOf(source)).toEqual(["needs GLIBC_2.36"]);
  });

  test("not one that is not hardened", async () => {
    const flags = ["-Wl,-z,lazy", "-Wl,-z,norelro", "-Wl,-z,execstack"];
    expect(await findingsOf(registration, [], { flags: [...flags, "-s"] })).toEqual([
      "has no full RELRO",
      "has an executable stack",
      "may be unloaded under its threads",
    ]);
  });

  test("not one that is not stripped", async () => {
    const flags = asPublished.filter((flag) => flag !== "-s");
    expect(await findingsOf(registration, ["-g"], { flags })).toEqual(["is not stripped"]);
  });
});
