import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../../../scripts/services.mjs";
import type { BrokerKind, Workspace } from "./kind.ts";
import { debianVersion } from "./packages.ts";

const configuration = ({ directory, ports }: Workspace) => `
server_name: conformance
listen: "127.0.0.1:${ports.other}"
# By default payloads end at 1 MiB, which includes the topic.
max_payload: 16MB
max_pending: 128MB
jetstream { store_dir: ${JSON.stringify(join(directory, "data"))} }
# By default a client has at most 63 subscriptions of QoS 1, which is 65 535 divided by max_ack_pending, and messages that
# were not acknowledged on one connection come 30 seconds later on the next.
mqtt { listen: "127.0.0.1:${ports.tcp}", ack_wait: "2s", max_ack_pending: 500 }
websocket { listen: "127.0.0.1:${ports.websocket}", no_tls: true }
no_auth_user: anyone
accounts {
  conformance {
    jetstream: enabled
    users: [
      { user: anyone, password: right, permissions: { publish: { deny: "denied.>" }, subscribe: { deny: "denied.>" } } }
    ]
  }
}
`;

export const nats: BrokerKind = {
  name: "nats",
  title: "NATS",
  protocols: ["3.1.1"],
  version: () => debianVersion("nats-server"),
  configure(workspace: Workspace): void {
    writeFileSync(join(workspace.directory, "nats.conf"), configuration(workspace));
  },
  command: ({ directory }) => ({
    program: program("nats-server"),
    args: ["-c", join(directory, "nats.conf")],
  }),
  refused: { username: "anyone", password: "wrong" },
  lacks: {
    "publishes of QoS 2": "NATS has QoS 2 from 2.10 on; before, it closes the connection",
    "QoS 2": "NATS has QoS 2 from 2.10 on",
    "shared subscriptions": "NATS takes `$share/group/topic` for a filter like any other",
  },
  faults: [
    {
      check: "# and + do not match topics that begin with $",
      error: /\$MQTT/,
      reason: "# matches all subjects [MQTT-4.7.2-1], the server's own ones, too",
      packets: [
        '1 → SUBSCRIBE 82 0c 00 01 00 01 "#" 00 00 03 "+/#" 00',
        '1 ← PUBLISH 30 76 00 13 "$MQTT/sess/2YegX6v7" …',
        '2 → PUBLISH 32 0c 00 07 "$test/a" 00 02 "x"',
        '1 ← PUBLISH 30 0a 00 07 "$test/a" "x"',
      ],
    },
    {
      check: "spaces, dots, asterisks and greater-than signs in a topic",
      error: /Unspecified error/,
      reason: "topics become subjects, in which these are not allowed",
      packets: [
        '→ SUBSCRIBE 82 24 00 01 00 1f "conformance/3/a b/c.d/*/>/e.*.>" 01',
        "← SUBACK 90 03 00 01 80",
      ],
    },
  ],
};
