/** Where each thing stands in a world, which is a list of small numbers. */
export const HISTORY = 0; // number of the records chosen so far
export const OPERATION = 1; // 1: the write is under way, 2: the delete, 3: the read
export const COORDINATOR = 2; // which of the records its coordinator serves under; it may lag
export const ANSWERS = 3; // who answered the operation under way, as bits
export const OWED = 4; // what the read must find: 1 the write, 2 the delete
const HEAD = 5;

// For each node, from `placeOf` on:
export const SERVES = 0; // under which of the records
export const ROW = 1; // 0 nothing, 1 the value, 2 the tombstone that covers it
export const SCANNED = 2; // whom it has read for the change it serves under, as bits
export const STAGED = 3; // a request that passed its check and is not written yet; only when that is so
export const WIDTH = 4;

export type World = readonly number[];

export function placeOf(node: number): number {
  return HEAD + node * WIDTH;
}

export function nodesIn(world: World): number {
  return (world.length - HEAD) / WIDTH;
}

export function keyOf(world: World): string {
  return String.fromCharCode(...world);
}

export function countOf(set: number): number {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The same world with two nodes' names exchanged. */
export function exchanged(world: World, a: number, b: number): number[] {
  const other = [...world];
  for (let i = 0; i < WIDTH; i++) {
    other[placeOf(a) + i] = world[placeOf(b) + i]!;
    other[placeOf(b) + i] = world[placeOf(a) + i]!;
  }
  const swap = (at: number): void => {
    const set = other[at]!;
    const differ = ((set >> a) ^ (set >> b)) & 1;
    other[at] = set ^ ((differ << a) | (differ << b));
  };
  swap(ANSWERS);
  for (let node = 0; node < nodesIn(world); node++) swap(placeOf(node) + SCANNED);
  return other;
}
