import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../../../scripts/services.mjs";
import type { BrokerKind, Workspace } from "./kind.ts";
import { debianVersion, detsWrites } from "./packages.ts";

/** Debian's /usr/sbin/rabbitmq-server becomes the user "rabbitmq", who may not read a folder of ours. */
const SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/** Erlang's names of nodes live in a daemon, epmd: one of our own, so that no other node is met or disturbed. */
const epmdOf = ({ ports }: Workspace) => ({
  ERL_EPMD_PORT: `${ports.epmd}`,
  ERL_EPMD_ADDRESS: "127.0.0.1",
});

/** The user whom clients without a name are, and who may use all topics but those below "denied". */
const definitions = {
  vhosts: [{ name: "/" }],
  users: [{ name: "conformance", password: "right", tags: "" }],
  permissions: [{ user: "conformance", vhost: "/", configure: ".*", write: ".*", read: ".*" }],
  topic_permissions: [
    {
      user: "conformance",
      vhost: "/",
      exchange: "amq.topic",
      write: "^(?!denied[.])",
      read: "^(?!denied[.])",
    },
  ],
};

export const rabbitmq: BrokerKind = {
  name: "rabbitmq",
  title: "RabbitMQ",
  protocols: ["3.1", "3.1.1"],
  version: () => debianVersion("rabbitmq-server"),
  configure({ directory, ports }: Workspace): void {
    const lines = [
      "listeners.tcp = none",
      `mqtt.listeners.tcp.1 = 127.0.0.1:${ports.tcp}`,
      "mqtt.allow_anonymous = true",
      "mqtt.default_user = conformance",
      "mqtt.default_pass = right",
      "web_mqtt.tcp.ip = 127.0.0.1",
      `web_mqtt.tcp.port = ${ports.websocket}`,
      "web_mqtt.ws_path = /mqtt",
      "log.console = true",
      "log.console.level = warning",
      "log.file = false",
      `load_definitions = ${join(directory, "definitions.json")}`,
    ];
    writeFileSync(join(directory, "rabbitmq.conf"), `${lines.join("\n")}\n`);
    writeFileSync(join(directory, "definitions.json"), JSON.stringify(definitions));
    writeFileSync(join(directory, "enabled_plugins"), "[rabbitmq_mqtt,rabbitmq_web_mqtt].\n");
    writeFileSync(join(directory, "environment"), "");
    mkdirSync(join(directory, "home"));
  },
  companion: (workspace) => ({ program: program("epmd", "erlang-base"), args: [], env: epmdOf(workspace) }),
  command: (workspace) => ({
    program: SERVER,
    args: [],
    env: {
      ...epmdOf(workspace),
      RUNNING_UNDER_SYSTEMD: "true", // the script then becomes Erlang, instead of waiting for it
      HOME: join(workspace.directory, "home"), // where Erlang's cookie goes
      RABBITMQ_CONF_ENV_FILE: join(workspace.directory, "environment"),
      RABBITMQ_NODENAME: "conformance@localhost",
      RABBITMQ_DIST_PORT: `${workspace.ports.other}`,
      RABBITMQ_MNESIA_BASE: join(workspace.directory, "data"),
      RABBITMQ_LOG_BASE: join(workspace.directory, "log"),
      RABBITMQ_CONFIG_FILE: join(workspace.directory, "rabbitmq.conf"),
      RABBITMQ_ADVANCED_CONFIG_FILE: join(workspace.directory, "advanced.config"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(workspace.directory, "enabled_plugins"),
      RABBITMQ_FEATURE_FLAGS_FILE: join(workspace.directory, "feature_flags"),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    },
  }),
  refused: { username: "conformance", password: "wrong" },
  save: detsWrites,
  lacks: {
    "QoS 2": "it delivers QoS 2 as QoS 1, and answers publishes of QoS 2 with PUBACK",
    "shared subscriptions": "it takes `$share/group/topic` for a filter like any other",
  },
  faults: [
    {
      check: "wrong credentials are refused",
      transports: ["websocket"],
      error: /1002 protocol error/,
      reason: "over WebSocket it closes with 1002 instead of sending CONNACK",
      packets: [
        '→ CONNECT 10 20 00 04 "MQTT" 04 c2 00 3c 00 00 00 0b "conformance" 00 05 "wrong"',
        '← (close frame) 88 11 03 ea "unauthenticated"',
      ],
    },
    {
      check: "a will is not published when its client disconnects",
      transports: ["websocket"],
      error: /gone/,
      reason: "over WebSocket it publishes the will after DISCONNECT [MQTT-3.14.4-3]",
      packets: ["1 → DISCONNECT e0 00", '2 ← PUBLISH 32 1a 00 12 "conformance/1/will" 00 01 "gone"'],
    },
    {
      check: "a filter brings the retained messages of all its topics",
      error: /timed out/,
      reason: "it looks retained messages up by the filter as a topic, so wildcards bring none",
      packets: [
        '1 → PUBLISH 33 14 00 0f "conformance/2/a" 00 01 "a"',
        "1 ← PUBACK 40 02 00 01",
        '2 → SUBSCRIBE 82 14 00 01 00 0f "conformance/2/#" 01',
        "2 ← SUBACK 90 03 00 01 01",
      ],
    },
    {
      check: "a second subscription to a filter replaces the first",
      error: /deep-equal/,
      reason: "each QoS has a queue of its own, so both subscriptions stay [MQTT-3.8.4-3]",
      packets: [
        '→ SUBSCRIBE 82 12 00 01 00 0d "conformance/3" 00',
        '→ SUBSCRIBE 82 12 00 02 00 0d "conformance/3" 01',
        '→ PUBLISH 32 12 00 0d "conformance/3" 00 03 "x"',
        '← PUBLISH 30 10 00 0d "conformance/3" "x"',
        '← PUBLISH 32 12 00 0d "conformance/3" 00 02 "x"',
      ],
    },
    {
      check: "# and + do not match topics that begin with $",
      error: /\$test/,
      reason: "its exchange knows no topics that begin with $ [MQTT-4.7.2-1]",
      packets: [
        '1 → SUBSCRIBE 82 0c 00 01 00 01 "#" 00 00 03 "+/#" 00',
        '2 → PUBLISH 32 0c 00 07 "$test/a" 00 02 "x"',
        '1 ← PUBLISH 30 0a 00 07 "$test/a" "x"',
      ],
    },
    {
      check: "spaces, dots, asterisks and greater-than signs in a topic",
      error: /Malformed Packet/,
      reason:
        "dots return from routing keys as /, and asterisks as +, which no topic may have [MQTT-3.3.2-2]",
      packets: [
        '→ PUBLISH 32 24 00 1f "conformance/4/a b/c.d/*/>/e.*.>" 00 02 "x"',
        '← PUBLISH 32 24 00 1f "conformance/4/a b/c/d/+/>/e/+/>" 00 01 "x"',
      ],
    },
    {
      check: "a refused subscription rejects, beside one that is granted",
      error: /falsy value/,
      reason: "it closes the connection instead of answering 0x80",
      packets: ['→ SUBSCRIBE 82 21 00 01 00 0d "conformance/5" 01 00 0c "denied/topic" 01', "← closed"],
    },
  ],
};
