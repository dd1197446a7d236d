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

/** The findings about a library of this source. */
function auditBinary(
  source: string,
  options: string[] = [],
  { flags = asPublished, architecture = "x64" } = {},
) {
  const [code, file] = [join(folder, "library.c"), join(folder, "library.node")];
  writeFileSync(code, source);
  execFileSync("gcc", ["-shared", "-fPIC", "-o", file, code, ...flags, ...options]);
  return findings(file, architecture);
}

describe.runIf(process.platform === "linux" && process.arch === "x64")("the check of binaries", () => {
  test("the check of binaries accepts a library that keeps all rules", async () => {
    expect(await auditBinary(registration)).toEqual([]);
  });

  test("a binary for another architecture is refused", async () => {
    expect(await auditBinary(registration, [], { architecture: "arm64" })).toEqual(["is not for arm64"]);
  });

  test("a binary that needs a library besides libc is refused", async () => {
    const options = ["-Wl,--no-as-needed", "-lstdc++", "-lm"];
    expect(await auditBinary(registration, options)).toEqual([
      "needs the library libstdc++.so.6",
      "needs the library libm.so.6",
    ]);
  });

  test("a binary with a search path for libraries is refused", async () => {
    expect(await auditBinary(registration, ["-Wl,-rpath,/opt"])).toEqual(["has an RUNPATH"]);
  });

  test("a binary that exports more or less than Node needs is refused", async () => {
    expect(await auditBinary(`${registration} void SSL_new(void) {}`)).toEqual(["exports SSL_new"]);
    expect(await auditBinary("int node_api_module_get_api_version_v1(void) { return 9; }")).toEqual([
      "does not export napi_register_module_v1",
    ]);
  });

  test("a binary that would take other symbols than Node-API from Node is refused", async () => {
    const source = `${registration}
      extern int napi_call_function(void), SSL_new(void);
      static int use(void) { return napi_call_function() + SSL_new(); }
      int (*volatile keep)(void) __attribute__((visibility("hidden"))) = use;`;
    expect(await auditBinary(source)).toEqual(["takes SSL_new from whoever has it"]);
  });

  test("a binary that needs a newer glibc is refused", async () => {
    const source = `${registration}
      extern unsigned arc4random(void);
      unsigned (*volatile keep)(void) __attribute__((visibility("hidden"))) = arc4random;`;
    expect(await auditBinary(source)).toEqual(["needs GLIBC_2.36"]);
  });

  test("a binary without hardening is refused", async () => {
    const flags = ["-Wl,-z,lazy", "-Wl,-z,norelro", "-Wl,-z,execstack"];
    expect(await auditBinary(registration, [], { flags: [...flags, "-s"] })).toEqual([
      "has no full RELRO",
      "has an executable stack",
      "may be unloaded under its threads",
    ]);
  });

  test("a binary with debug symbols is refused", async () => {
    const flags = asPublished.filter((flag) => flag !== "-s");
    expect(await auditBinary(registration, ["-g"], { flags })).toEqual(["is not stripped"]);
  });
});
