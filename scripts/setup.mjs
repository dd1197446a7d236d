// npm run setup: installs and builds all that npm start, npm run check and most of npm test need. Packages that only
// other commands need (fuzzers, cross compilers, other runtimes) are installed by these.

import { setUp } from "./setup/set-up.mjs";

await setUp([
  ...["system:build", "system:broker", "system:format", "system:tidy", "system:engine", "system:integration"],
  ...["npm", "addon", "dist"],
]);
