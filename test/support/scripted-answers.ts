import type { ClientPacketType, PacketOf } from "./client-packets.ts";
import type { ScriptedSession } from "./scripted-session.ts";

/** The reactions of a broker to packets, by packet type. */
export type Answers = { [Type in ClientPacketType]?: Answer<Type> };
export type Answer<Type extends ClientPacketType> = (
  packet: PacketOf<Type>,
  session: ScriptedSession,
) => void | Promise<void>;

/** The answer of a broker that ignores a packet. */
export const silence = (): void => {};

/** A broker that accepts everything and has no messages to deliver. */
export const politeAnswers: Required<Answers> = {
  CONNECT: (_packet, session) => session.send(session.packets.connack()),
  PUBLISH: ({ qos, packetId }, session) => {
    if (qos === 1) session.send(session.packets.puback(packetId));
    if (qos === 2) session.send(session.packets.pubrec(packetId));
  },
  PUBACK: silence,
  PUBREC: ({ packetId }, session) => session.send(session.packets.pubrel(packetId)),
  PUBREL: ({ packetId }, session) => session.send(session.packets.pubcomp(packetId)),
  PUBCOMP: silence,
  SUBSCRIBE: ({ packetId, subscriptions }, session) => {
    const granted = subscriptions.map(({ qos }) => qos);
    return session.send(session.packets.suback(packetId, granted));
  },
  UNSUBSCRIBE: ({ packetId, filters }, session) => {
    const successes = filters.map(() => 0);
    return session.send(session.packets.unsuback(packetId, successes));
  },
  PINGREQ: (_packet, session) => session.send(session.packets.pingresp()),
  DISCONNECT: (_packet, session) => session.end(),
  AUTH: silence,
};
