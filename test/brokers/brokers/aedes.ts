import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { BrokerKind } from "./kind.ts";

/** `npm run test:brokers` installs aedes there, and starts us in the root of the repository. */
const PACKAGES = resolve("build/brokers/npm");

export const aedes: BrokerKind = {
  name: "aedes",
  title: "Aedes",
  protocols: ["3.1", "3.1.1"],
  version() {
    const manifest = `${PACKAGES}/node_modules/aedes/package.json`;
    if (!existsSync(manifest)) throw new Error("aedes is not installed (npm could not be reached)");
    return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
  },
  configure() {},
  command: ({ ports }) => ({
    program: process.execPath,
    args: [resolve("test/brokers/brokers/aedes-server.mjs"), PACKAGES, `${ports.tcp}`, `${ports.websocket}`],
  }),
  refused: { username: "conformance", password: "wrong" },
  lacks: {
    persistence: "it keeps all in memory, unless a program gives it a store",
    "persistent sessions": "it keeps all in memory, unless a program gives it a store",
    "shared subscriptions": "it takes `$share/group/topic` for a filter like any other",
  },
  faults: [
    {
      check: "messages that were kept come before new ones",
      sometimes: true,
      error: /message \d+ is undefined/,
      reason: "a message that comes while a session is resumed overtakes those that were kept [MQTT-4.6.0-6]",
      packets: [
        '← PUBLISH 32 12 00 0d "conformance/1" 7b f6 "2"',
        '← PUBLISH 32 14 00 0d "conformance/1" 7b f7 "end"',
        '← PUBLISH 32 12 00 0d "conformance/1" 7b f8 "3"',
      ],
    },
    {
      check: "a message that two filters match arrives with the higher QoS",
      error: /timed out/,
      reason: "it arrives once, with the QoS of the first filter [MQTT-3.3.5-1]",
      packets: [
        '→ SUBSCRIBE 82 26 00 01 00 0f "conformance/1/#" 00 00 0f "conformance/1/+" 01',
        '→ PUBLISH 32 14 00 0f "conformance/1/a" 00 02 "x"',
        '← PUBLISH 30 12 00 0f "conformance/1/a" "x"',
      ],
    },
    {
      check: "a subscriber that is cut off under load, QoS 2: exactly once",
      sometimes: true,
      error: /arrived more than once/,
      reason: "a session that is resumed begins with messages that are complete [MQTT-4.3.3-2]",
      packets: [
        '1 ← PUBLISH 34 13 00 0d "conformance/1" 0b 48 "19"',
        "1 → PUBREC 50 02 0b 48",
        "1 ← PUBREL 62 02 0b 48",
        "1 → PUBCOMP 70 02 0b 48",
        "1 ← closed",
        "3 ← CONNACK 20 02 01 00",
        '3 ← PUBLISH 34 13 00 0d "conformance/1" 0b 48 "19"',
      ],
    },
  ],
};
