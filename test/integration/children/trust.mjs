// trust.mjs <url>: connects over TLS, trusting whom Node trusts, and prints what becomes of it.

import { Client } from "../../../dist/index.js";

try {
  const client = await Client.connect(process.argv[2]);
  await client.disconnect();
  console.log("connected");
} catch (error) {
  console.log(error.code);
}
