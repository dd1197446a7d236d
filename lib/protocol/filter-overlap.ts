/** The levels of a filter without `$share` and its group (MQTT 5, section 4.8.2). */
function splitLevels(filter: string): string[] {
  const levels = filter.split("/");
  return levels[0] === "$share" ? levels.slice(2) : levels;
}

const isWildcard = (level: string | undefined): boolean => level === "+" || level === "#";

/** Returns whether a filter is of a shared subscription. */
export function isShared(filter: string): boolean {
  return filter.startsWith("$share/");
}

/** Returns whether there is a topic that both filters match (MQTT 5, section 4.7). The filters must be valid. */
export function filtersOverlap(one: string, other: string): boolean {
  const a = splitLevels(one);
  const b = splitLevels(other);
  // Wildcards do not match a first level that begins with `$` [MQTT-4.7.2-1].
  if ((isWildcard(a[0]) && b[0]?.startsWith("$")) || (isWildcard(b[0]) && a[0]?.startsWith("$")))
    return false;
  for (let place = 0; place < a.length || place < b.length; place++) {
    const [left, right] = [a[place], b[place]];
    if (left === "#" || right === "#") return true;
    if (left === undefined || right === undefined) return false;
    if (left !== right && left !== "+" && right !== "+") return false;
  }
  return true;
}

/**
 * Divides filters into few groups without overlapping filters, in their order. Each filter is given by an item and the
 * function `toFilter`.
 */
export function disjointGroups<T>(items: readonly T[], toFilter: (item: T) => string): T[][] {
  const groups: { items: T[]; plain: Set<string>; wild: string[] }[] = [];
  for (const item of items) {
    const filter = toFilter(item);
    const isWild = /[+#]/.test(filter);
    const key = splitLevels(filter).join("/");
    const group = groups.find(
      ({ plain, wild }) =>
        !wild.some((each) => filtersOverlap(each, filter)) &&
        (isWild ? ![...plain].some((each) => filtersOverlap(each, filter)) : !plain.has(key)),
    );
    const { items: members, plain, wild } = group ?? add(groups);
    members.push(item);
    if (isWild) wild.push(filter);
    else plain.add(key);
  }
  return groups.map((group) => group.items);
}

function add<T>(groups: { items: T[]; plain: Set<string>; wild: string[] }[]) {
  const group = { items: [] as T[], plain: new Set<string>(), wild: [] as string[] };
  groups.push(group);
  return group;
}
