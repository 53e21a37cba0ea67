import { below, fraction, type SeededRandom } from "@coterie/core";
import type { SimulatedClient } from "./simulated-client.ts";
import type { World } from "./world.ts";

export interface WorkloadOptions {
  readonly world: World;
  readonly clients: readonly SimulatedClient[];
  /** Calls in all, shared among the clients. */
  readonly operations: number;
  readonly keys: readonly string[];
}

/** Many clients on few keys, so that they meet: reads, writes based on them, blind writes, deletes. */
export async function runWorkload({
  world,
  clients,
  operations,
  keys,
}: WorkloadOptions): Promise<void> {
  let left = operations;
  const thinkMs = 10 * 2 ** below(world.random, 5);
  const blindShare = fraction(world.random) / 2;
  const strictShare = fraction(world.random);
  const work = async (client: SimulatedClient, random: SeededRandom): Promise<void> => {
    while (left-- > 0) {
      await new Promise<void>((resolve) => world.time.after(below(random, thinkMs), resolve));
      // Squared, so that some keys are hot.
      const key = keys[Math.floor(fraction(random) ** 2 * keys.length)]!;
      const strict = fraction(random) < strictShare;
      const drawn = fraction(random);
      if (drawn < 0.4) await client.get(key, strict);
      else if (drawn < 0.88)
        await client.put(key, { strict, blind: fraction(random) < blindShare });
      else await client.delete(key, { strict });
    }
  };
  await Promise.all(clients.map((client) => work(client, world.random.fork())));
}
