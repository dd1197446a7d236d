/** Returns the members that are not undefined, so that undefined ones do not override others in a merge. */
export function definedOnly<T extends object>(value: T): Partial<T> {
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members) as Partial<T>;
}
