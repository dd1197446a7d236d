/** The members that are there: one that is undefined counts as absent, and is not to hide another of its name. */
export function definedOnly<T extends object>(value: T): Partial<T> {
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members) as Partial<T>;
}
