// npm run build: the addon and dist/, whatever of them is out of date.

import { setUp } from "./setup/set-up.mjs";

await setUp(["addon", "dist"]);
