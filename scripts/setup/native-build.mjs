// The addon: build/Release/mqtt_native.node.

import { packageProgram, run } from "./run.mjs";
import { buildWhenChanged } from "./stamp.mjs";
import { buildPackageVersions } from "./system-packages.mjs";

/** A step: compiles and links the addon when something it is made of has changed. */
export function nativeBuild() {
  const inputs = ["native", "CMakeLists.txt", "package.json", "package-lock.json"];
  const also = buildPackageVersions();
  return buildWhenChanged({ product: "build/Release/mqtt_native.node", inputs, also }, async () => {
    // Not "compile", which does both but, when a build fails, deletes all of build/ and tries again.
    await run(packageProgram("cmake-js"), ["configure"]);
    await run(packageProgram("cmake-js"), ["build"]);
  });
}
