// A shopping cart, the Dynamo paper's own case (§4.4): adding to it never fails and is never forgotten,
// whatever two devices do at once. Run it against `coterie dev`; COTERIE_CLUSTER names another cluster.
import { connect } from "@coterie/client";
import { unionBy } from "@coterie/client/merge";
import * as z from "zod";

const Line = z.object({ item: z.string(), quantity: z.number().int().positive() });
type Line = z.infer<typeof Line>;

await using store = await connect();
const carts = store.bucket("carts", {
  schema: z.array(Line),
  // Of one item in two carts the greater quantity: nobody's addition is lost.
  merge: unionBy<Line>(
    ({ item }) => item,
    (a, b) => (a.quantity > b.quantity ? a : b),
  ),
});

function add(user: string, item: string, quantity = 1) {
  return carts.update(user, (cart = []) => {
    const before = cart.find((line) => line.item === item)?.quantity ?? 0;
    const others = cart.filter((line) => line.item !== item);
    return [...others, { item, quantity: before + quantity }];
  });
}

const user = `user-${Date.now()}`;
await add(user, "milk");

// The phone and the laptop both have the cart with the milk on their screens. Neither waits for the other.
await Promise.all([add(user, "eggs", 6), add(user, "tea"), add(user, "milk", 2)]);

const cart = await carts.get(user);
if (cart.kind === "absent") throw new Error("the cart is gone");
console.log("the cart has", shown(cart.value));
console.log(`${cart.receipt.acknowledged.length} replicas say so`);

// What the merge cannot know: an item that one device takes out comes back if the other still had it at
// that moment. The paper accepts it: a customer minds an item too many less than one too few.
await carts.update(user, (lines = []) => lines.filter(({ item }) => item !== "eggs"));
const after = await carts.get(user);
console.log("and then", after.kind === "value" ? shown(after.value) : "nothing");

/** By item: a merge keeps every line, and in no order of its own. */
function shown(lines: readonly Line[]): string {
  const inOrder = lines.toSorted((a, b) => (a.item < b.item ? -1 : 1));
  return inOrder.map(({ item, quantity }) => `${quantity} × ${item}`).join(", ");
}
