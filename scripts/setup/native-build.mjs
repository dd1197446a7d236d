// The addon: build/Release/mqtt_native.node.

import { packageProgram, run } from "./run.mjs";
import { whenChanged } from "./stamp.mjs";
import { packageVersions } from "./system-packages.mjs";

/** A step: compiles and links the addon when something it is made of has changed. */
export function nativeBuild() {
  const inputs = ["native", "CMakeLists.txt", "package.json", "package-lock.json"];
  const also = packageVersions("build");
  const product = "build/Release/mqtt_native.node";
  return whenChanged({ name: "native-build", inputs, also, product }, async () => {
    // Not "compile", which does both but, when a build fails, deletes all of build/ and tries again.
    await configureNativeBuild();
    await run(packageProgram("cmake-js"), ["build"]);
  });
}

/** Prepares build/, which also writes down how each file is compiled. */
export const configureNativeBuild = () => run(packageProgram("cmake-js"), ["configure"]);
