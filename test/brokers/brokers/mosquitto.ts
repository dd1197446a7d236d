import { spawnSync } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../../../scripts/services.mjs";
import { eventually } from "../../support/eventually.ts";
import type { BrokerKind, Workspace } from "./kind.ts";
import { debianVersion } from "./packages.ts";

/** Identifies one writing of the file of sessions and retained messages, which replaces the file by a new one. */
const savedAs = (directory: string) =>
  statSync(join(directory, "mosquitto.db"), { bigint: true, throwIfNoEntry: false })?.ctimeNs;

export const mosquitto: BrokerKind = {
  name: "mosquitto",
  title: "Mosquitto",
  protocols: ["3.1", "3.1.1", "5"],
  version: () => debianVersion("mosquitto"),
  configure({ directory, ports }: Workspace): void {
    const passwords = join(directory, "passwords");
    const access = join(directory, "access");
    writeFileSync(passwords, "conformance:right\n");
    spawnSync(program("mosquitto_passwd"), ["-U", passwords]);
    writeFileSync(
      access,
      "topic readwrite #\ntopic readwrite $test/#\ntopic read $SYS/#\ntopic deny denied/#\n",
    );
    const lines = [
      "log_dest stderr",
      // Started as root, mosquitto would become the user "mosquitto", who may not read this folder.
      ...(process.getuid?.() === 0 ? ["user root"] : []),
      "allow_anonymous true",
      `password_file ${passwords}`,
      `acl_file ${access}`,
      "persistence true",
      `persistence_location ${directory}/`,
      // By default messages of QoS 1 and 2 beyond the thousandth that waits for a client are dropped. With 0, no limit,
      // mosquitto 2.0.11 closes the connection after each publish that it refuses.
      "max_queued_messages 100000",
      "set_tcp_nodelay true",
      "max_keepalive 600",
      "max_packet_size 10000000",
      `listener ${ports.tcp} 127.0.0.1`,
      `listener ${ports.websocket} 127.0.0.1`,
      "protocol websockets",
    ];
    writeFileSync(join(directory, "mosquitto.conf"), `${lines.join("\n")}\n`);
  },
  command: ({ directory }) => ({
    program: program("mosquitto"),
    args: ["-c", join(directory, "mosquitto.conf")],
  }),
  refused: { username: "conformance", password: "wrong" },
  async save(broker) {
    const before = savedAs(broker.directory);
    broker.signal("SIGUSR1");
    await eventually(() => {
      if (savedAs(broker.directory) === before) throw new Error("mosquitto did not save");
    });
  },
  lacks: { "subscribe acl": "its access lists allow every subscription, and deny the messages" },
  faults: [
    {
      check: "the first client is told why",
      protocols: ["5"],
      error: /false !== 142/,
      reason: "it closes the first connection without the DISCONNECT of [MQTT-3.1.4-3]",
      packets: [
        '1 → CONNECT 10 10 00 04 "MQTT" 05 02 00 3c 00 00 03 "c2a"',
        "1 ← CONNACK 20 0e 00 00 0b 22 00 0a 27 00 98 96 80 21 00 14",
        '2 → CONNECT 10 10 00 04 "MQTT" 05 02 00 3c 00 00 03 "c2a"',
        "2 ← CONNACK 20 0e 00 00 0b 22 00 0a 27 00 98 96 80 21 00 14",
        "1 ← closed",
      ],
    },
  ],
};
