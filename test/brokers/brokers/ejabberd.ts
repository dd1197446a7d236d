import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../../../scripts/services.mjs";
import type { BrokerKind, Workspace } from "./kind.ts";
import { debianVersion, detsWrites } from "./packages.ts";

/** Topics that are not in the list are denied. Subscriptions know no such list that allows "#", but not every topic. */
const publishable = ["conformance/#", "/conformance/#", "$test/#"];

const configuration = ({ ports }: Workspace) => `
loglevel: warning
hosts: [localhost]
auth_method: [anonymous]
anonymous_protocol: login_anon
allow_multiple_connections: true
listen:
  - port: ${ports.tcp}
    ip: "127.0.0.1"
    module: mod_mqtt
    backlog: 100
    max_fsm_queue: 100000
  - port: ${ports.websocket}
    ip: "127.0.0.1"
    module: ejabberd_http
    backlog: 100
    request_handlers:
      /mqtt: mod_mqtt
modules:
  mod_mqtt:
    # By default the messages beyond the five thousandth that waits for a client are dropped.
    max_queue: unlimited
    # By default topics have up to eight levels.
    max_topic_depth: 100
    access_publish:
${publishable.map((filter) => `      "${filter}":\n        - allow: all\n`).join("")}`;

/** Where ejabberdctl says that the libraries are. The script itself would become the user "ejabberd". */
function libraries(): string {
  const script = readFileSync(program("ejabberdctl", "ejabberd"), "utf8");
  const [, folder] = /^ERL_LIBS='?([^'\n]*)/m.exec(script) ?? [];
  if (!folder) throw new Error("ejabberdctl does not say where its libraries are");
  return folder;
}

export const ejabberd: BrokerKind = {
  name: "ejabberd",
  title: "ejabberd",
  protocols: ["3.1.1", "5"],
  version: () => debianVersion("ejabberdctl", "ejabberd"),
  configure(workspace: Workspace): void {
    for (const folder of ["data", "home", "log"]) mkdirSync(join(workspace.directory, folder));
    writeFileSync(join(workspace.directory, "ejabberd.yml"), configuration(workspace));
  },
  // Without a node name there is no distribution, and so no epmd.
  command: ({ directory }) => ({
    program: program("erl", "erlang-base"),
    args: ["-noinput", "-mnesia", "dir", `"${join(directory, "data")}"`, "-s", "ejabberd"],
    env: {
      HOME: join(directory, "home"),
      ERL_LIBS: libraries(),
      ERL_CRASH_DUMP: join(directory, "log", "crash"),
      EJABBERD_CONFIG_PATH: join(directory, "ejabberd.yml"),
      EJABBERD_LOG_PATH: join(directory, "log", "ejabberd.log"),
    },
  }),
  credentials: { username: "conformance@localhost", password: "any" },
  refused: {}, // anybody is accepted, but for who says no name
  save: detsWrites,
  lacks: {
    "persistent sessions": "its sessions are in memory",
    "server keep alive": "it grants any keep alive",
    "server maximum packet size": "it has none",
    "subscribe acl": "its access rules cannot allow `#` without allowing every topic",
    "shared subscriptions": "it has none, and says so",
  },
  faults: [
    {
      check: "an identifier of many scripts",
      error: /Client Identifier not valid/,
      reason: "identifiers are XMPP resources, which have letters of Unicode 3.2 only",
      packets: [
        '→ CONNECT 10 41 00 04 "MQTT" 05 c2 00 3c 00 00 18 "c1grüße-温度-🌡️" …',
        "← CONNACK 20 03 00 85 00",
      ],
    },
    {
      check: "unsubscribing from nothing is no error",
      protocols: ["5"],
      error: /deep-equal/,
      reason: "it answers 0x00 instead of 0x11, no subscription existed",
      packets: ['→ UNSUBSCRIBE a2 12 00 01 00 00 0d "conformance/8"', "← UNSUBACK b0 04 00 01 00 00"],
    },
    {
      check: "our Maximum Packet Size",
      error: /Disconnected/,
      reason:
        "it sends larger packets than the client takes [MQTT-3.1.2-24]; the client ends the connection (0x95)",
      packets: [
        '1 → CONNECT 10 2e 00 04 "MQTT" 05 c2 00 3c 05 27 00 00 03 e8 00 00 …',
        '1 ← PUBLISH 32 e2 0f 00 0d "conformance/3" 88 96 00 "xxx" … (2021 bytes)',
        "1 → DISCONNECT e0 01 95",
      ],
    },
    {
      check: "a message says how long it is still valid",
      error: /valid for 600 s/,
      reason: "it forwards the interval as it came [MQTT-3.3.2-6]",
      packets: [
        '2 → PUBLISH 32 18 00 0d "conformance/4" 00 01 05 02 00 00 02 58 "x"',
        "(2.5 seconds)",
        '3 ← PUBLISH 3a 18 00 0d "conformance/4" d8 2d 05 02 00 00 02 58 "x"',
      ],
    },
    {
      check: "an expired message that was queued is not delivered",
      error: /deep-equal/,
      reason: "it delivers what is queued, expired or not [MQTT-3.3.2-5]",
      packets: [
        '2 → PUBLISH 32 18 00 0d "conformance/2" 00 01 05 02 00 00 00 01 "x"',
        "(3 seconds)",
        '3 ← PUBLISH 3a 18 00 0d "conformance/2" 9b ae 05 02 00 00 00 01 "x"',
      ],
    },
  ],
};
