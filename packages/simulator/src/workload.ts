import { below, fraction, pick, type SeededRandom } from "@coterie/core";
import type { SimulatedClient } from "./simulated-client.ts";
import type { World } from "./world.ts";

export interface WorkloadOptions {
  readonly world: World;
  readonly clients: readonly SimulatedClient[];
  /** Calls in all, shared among the clients. */
  readonly operations: number;
  /** As many deletes as puts, on fewer keys at a time. */
  readonly deletes?: boolean;
  readonly keysMax: number;
  /** The longest rest between two calls of a client; drawn, and short, if left out. */
  readonly thinkMs?: number | undefined;
}

/**
 * Many clients on few keys, so that they meet: reads, writes based on them, blind writes, deletes,
 * now and then a write with the context of another key. How
 * many keys, how strict and how fast is drawn for each run.
 */
export async function runWorkload({
  world,
  clients,
  operations,
  deletes = false,
  keysMax,
  ...pace
}: WorkloadOptions): Promise<void> {
  const random = world.random.fork();
  let left = operations;
  const keys = Array.from({ length: 1 + below(random, keysMax) }, (_, i) => `k${i}`);
  const drawnMs = 5 * 2 ** below(random, 5);
  const thinkMs = pace.thinkMs ?? drawnMs;
  const blindShare = fraction(random) / 2;
  const strictShare = fraction(random);
  const monotonicShare = fraction(random) / 2;
  const work = async (client: SimulatedClient, own: SeededRandom): Promise<void> => {
    while (left-- > 0) {
      await world.sleep(below(own, thinkMs));
      // Squared, so that some keys are hot.
      const key = keys[Math.floor(fraction(own) ** 2 * keys.length)]!;
      const strict = fraction(own) < strictShare;
      const drawn = fraction(own);
      if (drawn < 0.4) {
        await client.get(key, { strict, monotonic: fraction(own) < monotonicShare });
      } else if (drawn < 0.41) {
        await client.put(key, { strict, contextOf: pick(own, keys) });
      } else if (drawn < (deletes ? 0.65 : 0.88)) {
        await client.put(key, { strict, blind: fraction(own) < blindShare });
      } else {
        await client.delete(key, { strict });
      }
    }
  };
  await Promise.all(clients.map((client) => work(client, random.fork())));
}
