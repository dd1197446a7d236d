import { MqttCodeError, MqttError } from "../protocol/errors.ts";
import { ReasonCode } from "../protocol/reason-code.ts";

// The codes of completions that are no answers of the broker; see docs/event-format.md.
const SESSION_LOST = 0xff00;
const EXPIRED = 0xff01;
/** The same for a message that an earlier connection has sent, to a session that the broker has lost. */
const EXPIRED_REPEAT = 0xff02;
/** The high byte of a refusal by the limits of a new connection. The low byte is the reason code. */
const REFUSED_UNSENT = 0xfe;
/** The same for a message that an earlier connection has sent. */
const REFUSED_REPEAT = 0xfd;

/** Returns the error of a completion that is no answer. */
export function outcomeError(code: number): MqttError {
  if (code === SESSION_LOST) return sessionLostError();
  if (code === EXPIRED || code === EXPIRED_REPEAT) return expiredError(code === EXPIRED_REPEAT);
  const kind = code >>> 8;
  if (kind === REFUSED_UNSENT || kind === REFUSED_REPEAT)
    return new MqttCodeError(ReasonCode.of(code & 0xff), { sent: kind === REFUSED_REPEAT });
  return new MqttError(`Paho refused the call (MQTTASYNC code -${code})`, { code: "PAHO_ERROR" });
}

/** Returns the error of a message whose `messageExpiryInterval` ended while it waited. */
export function expiredError(sent = false): MqttError {
  const text = sent
    ? "The message expired before it was sent again"
    : "The message expired before it was sent";
  return new MqttError(text, { code: "EXPIRED", sent });
}

function sessionLostError(): MqttError {
  const text = "The broker has lost the session, and may have received the message";
  return new MqttError(text, { code: "SESSION_LOST", sent: true });
}
