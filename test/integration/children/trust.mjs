// trust.mjs <url>: connects over TLS with the default authorities and prints the outcome.

import { Client } from "../../../dist/index.js";

try {
  const client = await Client.connect(process.argv[2]);
  await client.disconnect();
  console.log("connected");
} catch (error) {
  console.log(error.code);
}
