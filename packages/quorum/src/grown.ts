/**
 * The list with one item more, in an array no longer than that. `push` makes room for 16 more: of the lists of two or
 * three that a request makes, most of what they took.
 */
export function grown<T>(list: readonly T[], item: T): readonly T[] {
  switch (list.length) {
    case 0:
      return [item];
    case 1:
      return [list[0]!, item];
    case 2:
      return [list[0]!, list[1]!, item];
    default:
      return list.concat([item]);
  }
}
