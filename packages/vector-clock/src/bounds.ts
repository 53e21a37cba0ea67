/**
 * A set of counters as a flat list `[from, to, from, to, …]` of inclusive intervals: ascending, with
 * at least one absent counter between neighbours. So one set has one list.
 */
export type Bounds = readonly number[];

export function boundsContain(bounds: Bounds, counter: number): boolean {
  let low = 0;
  let high = bounds.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bounds[2 * middle + 1]! < counter) low = middle + 1;
    else high = middle;
  }
  return 2 * low < bounds.length && bounds[2 * low]! <= counter;
}

/** Whether every counter of `b` is one of `a`. */
export function boundsCover(a: Bounds, b: Bounds): boolean {
  let at = 0;
  for (let i = 0; i < b.length; i += 2) {
    while (at < a.length && a[at + 1]! < b[i]!) at += 2;
    if (at === a.length || a[at]! > b[i]! || a[at + 1]! < b[i + 1]!) return false;
  }
  return true;
}

export function boundsEqual(a: Bounds, b: Bounds): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The union, with what touches joined: 1..3 and 4..6 are the counters 1..6. */
export function joinBounds(a: Bounds, b: Bounds): Bounds {
  // What every put does: two intervals that touch.
  if (a.length === 2 && b.length === 2 && a[0]! <= b[1]! + 1 && b[0]! <= a[1]! + 1) {
    return [Math.min(a[0]!, b[0]!), Math.max(a[1]!, b[1]!)];
  }
  const joined: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const fromA = j === b.length || (i < a.length && a[i]! <= b[j]!);
    const from = fromA ? a[i]! : b[j]!;
    const to = fromA ? a[i + 1]! : b[j + 1]!;
    if (fromA) i += 2;
    else j += 2;
    const last = joined.length - 1;
    if (last < 0 || from > joined[last]! + 1) joined.push(from, to);
    else if (to > joined[last]!) joined[last] = to;
  }
  return joined;
}
