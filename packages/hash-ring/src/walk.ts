import { xxh64 } from "@coterie/core";
import { type Owner, seatOf } from "./owner.ts";

/** Virtual nodes of an owner of weight 1. More even the walks out, and make building slower. */
const TOKENS_PER_WEIGHT = 128;

const RING = 0x1_0000_0000;

/**
 * For each partition the distinct owners, as indexes into `owners`, in the order in which a clockwise
 * walk from the partition's start token meets them (Dynamo §4.3): partition p's order is the slice
 * from p × owners.length on.
 *
 * Nothing is walked partition by partition: going *counter*-clockwise once, and moving each token's
 * owner to the front of a list, keeps the list in exactly the order of a clockwise walk from here.
 * A light owner among heavy ones costs no long walk.
 */
export function walkOrders(owners: readonly Owner[], partitions: number): Uint16Array {
  const tokens = sortedTokens(owners);
  const count = owners.length;
  const orders = new Uint16Array(partitions * count);
  const order = orderPastTheSeam(tokens, count);
  let next = tokens.length - 1;
  for (let partition = partitions - 1; partition >= 0; partition--) {
    const start = partition * (RING / partitions) * count;
    for (; next >= 0 && tokens[next]! >= start; next--) moveToFront(order, tokens[next]! % count);
    orders.set(order, partition * count);
  }
  return orders;
}

/**
 * All tokens in ring order, each as position × owners + owner: integers below 2^42, which sort fast
 * without a comparator. 32 bits of position are enough, as partitions never look further; should two
 * tokens fall together, the owner named first comes first.
 */
function sortedTokens(owners: readonly Owner[]): Float64Array {
  const total = owners.reduce((sum, owner) => sum + owner.weight * TOKENS_PER_WEIGHT, 0);
  const tokens = new Float64Array(total);
  let filled = 0;
  owners.forEach((owner, index) => {
    const seat = seatOf(owner);
    const name = virtualNodeName(seat);
    const view = new DataView(name.buffer);
    for (let i = 0; i < owner.weight * TOKENS_PER_WEIGHT; i++) {
      view.setUint32(seat.length + 1, i);
      tokens[filled++] = xxh64(name).high * owners.length + index;
    }
  });
  return tokens.sort();
}

/** `id | 0 | index` (32 bits, big-endian, left open here): ids are ASCII and hold no zero byte. */
function virtualNodeName(id: string): Uint8Array<ArrayBuffer> {
  const name = new Uint8Array(id.length + 5);
  for (let i = 0; i < id.length; i++) name[i] = id.charCodeAt(i);
  return name;
}

/** What a walk meets that starts behind the last token: the owners by their first tokens. */
function orderPastTheSeam(tokens: Float64Array, count: number): Uint16Array {
  const order = new Uint16Array(count);
  const seen = new Uint8Array(count);
  let found = 0;
  for (let i = 0; found < count; i++) {
    const owner = tokens[i]! % count;
    if (seen[owner] === 1) continue;
    seen[owner] = 1;
    order[found++] = owner;
  }
  return order;
}

function moveToFront(order: Uint16Array, owner: number): void {
  const at = order.indexOf(owner);
  order.copyWithin(1, 0, at);
  order[0] = owner;
}
