// A name with several addresses, most of which are unreachable. The test has a network and a hosts file of its own.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runChild } from "../../support/child.ts";
import { obstacleTo } from "../../support/obstacle.ts";

const NAME = "broker.test";

const directory = mkdtempSync(join(tmpdir(), "mqtt-native-addresses-"));
const hosts = join(directory, "hosts");
afterAll(() => rmSync(directory, { recursive: true }));

// The other end of the cable has no host, so packets to 2001:db8::/64 are lost. These addresses are for documentation
// (RFC 3849). The system prefers them to 127.0.0.1, because the interface has one of them.
const setUp = `
  ip link set lo up && ip link add near type veth peer name far && ip link set near up && ip link set far up &&
  ip -6 addr add 2001:db8::ffff/64 dev near nodad &&
  mount --bind "${hosts}" /etc/hosts`;
const inNetworkOfItsOwn = ["unshare", "--map-root-user", "--net", "--mount", "sh", "-c"];

writeFileSync(hosts, "");
// The test needs Linux, iproute2, and permission to create namespaces.
const reason = obstacleTo([...inNetworkOfItsOwn, setUp]);
if (reason !== undefined) console.log(`skipped, as there is no network to change: ${reason}`);

/** The output of a child that knows the broker by these addresses. */
async function printed(addresses: string[], ...port: string[]): Promise<string[]> {
  writeFileSync(hosts, addresses.map((address) => `${address} ${NAME}\n`).join(""));
  const wrapper = [...inNetworkOfItsOwn, `${setUp} && exec "$@"`, "sh"];
  const ended = await runChild("addresses.mjs", [NAME, ...port], [], {}, wrapper);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  return ended.lines;
}

test.skipIf(reason !== undefined).each([
  ["the first refuses connections", ["::1", "127.0.0.1"]],
  ["the first does not answer", ["2001:db8::1", "127.0.0.1"]],
  ["a whole family does not answer", ["2001:db8::1", "2001:db8::2", "2001:db8::3", "127.0.0.1"]],
])("a client connects by a name with several addresses when %s", async (_what, addresses) => {
  expect(await printed(addresses)).toEqual([addresses.join(), "published"]);
});

test.skipIf(reason !== undefined)(
  "a refusal by one address is reported rather than the lack of a route to others",
  async () => {
    const addresses = ["127.0.0.1", "2001:db8:1::1"];
    expect(await printed(addresses, "1")).toEqual([
      addresses.join(),
      expect.stringMatching(/^connect ECONNREFUSED 127\.0\.0\.1:1 /),
    ]);
  },
);
