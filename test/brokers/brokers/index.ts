import type { BrokerKind } from "./kind.ts";
import { mosquitto } from "./mosquitto.ts";

/** In the order of the table. */
export const brokerKinds: readonly BrokerKind[] = [mosquitto];
