// The measurements over a network, with mosquitto as the broker.

import { pubSub } from "./pub-sub.mjs";
import { publish } from "./publish.mjs";
import { receive } from "./receive.mjs";
import { call, request, roundTrip } from "./trips.mjs";

export const kinds = { "round-trip": roundTrip, request, call, receive, publish, "pub-sub": pubSub };
