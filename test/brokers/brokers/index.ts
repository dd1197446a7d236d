import { aedes } from "./aedes.ts";
import { ejabberd } from "./ejabberd.ts";
import type { BrokerKind } from "./kind.ts";
import { mosquitto } from "./mosquitto.ts";
import { nats } from "./nats.ts";
import { rabbitmq } from "./rabbitmq.ts";

/** In the order of the table. */
export const brokerKinds: readonly BrokerKind[] = [mosquitto, rabbitmq, ejabberd, nats, aedes];
