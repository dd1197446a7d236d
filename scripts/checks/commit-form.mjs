// The form of commit messages: "area: verb object", at most 72 characters, then an empty line and the reason.

const MAX_SUBJECT = 72;
const AREA = /^[a-z][a-z\d-]*(?:[/.][a-z\d-]+)*: /;
/** Verbs that end like a participle and are none. */
const IMPERATIVES = ["bring", "embed", "exceed", "feed", "need", "proceed", "shed", "speed", "succeed"];

/**
 * The faults of a commit message, each as a sentence.
 *
 * @param {string} message
 * @returns {string[]}
 */
export function faultsOfMessage(message) {
  const [subject = "", second = ""] = message.trimEnd().split("\n");
  const action = subject.replace(AREA, "");
  const [verb = ""] = action.split(" ");
  return [
    ...check(AREA.test(subject), 'does not begin with an area, as in "session: resend publishes"'),
    ...check(/^[a-z]+ \S/.test(action), "has no verb and object in lower case after the area"),
    ...check(!/(?:ed|ing)$/.test(verb) || IMPERATIVES.includes(verb), `has "${verb}" for an imperative`),
    ...check(!subject.endsWith("."), "ends with a full stop"),
    ...check(subject.length <= MAX_SUBJECT, `has ${subject.length} characters, of at most ${MAX_SUBJECT}`),
    ...check(second === "", "is not followed by an empty line"),
  ];
}

const check = (fine, fault) => (fine ? [] : [fault]);
