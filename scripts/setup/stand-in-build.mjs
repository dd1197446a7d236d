// The broker stand-in that the benchmark measures against: build/stand-in/stand-in.

import { run } from "./run.mjs";
import { whenChanged } from "./stamp.mjs";

const source = "bench/stand-in";
const directory = "build/stand-in";

/** A step: compiles the stand-in when its source has changed. */
export function standInBuild() {
  return whenChanged(
    { name: "stand-in-build", inputs: [source], product: `${directory}/stand-in` },
    async () => {
      await run("cmake", ["-S", source, "-B", directory], { env: { CMAKE_GENERATOR: "Ninja" } });
      await run("cmake", ["--build", directory]);
    },
  );
}
