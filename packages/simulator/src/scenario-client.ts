import type { NodeId } from "@coterie/core";
import type { CallOutcome, WriteRecord } from "./history.ts";
import type { GetOptions, SimulatedClient, WriteOptions } from "./simulated-client.ts";
import type { World } from "./world.ts";

/** What a client of a story was told. */
export interface Told {
  readonly outcome: CallOutcome | "pending";
  /** Nodes that answered. Empty unless the outcome is ok. */
  readonly acknowledged: readonly string[];
  /** How many of them are primaries. */
  readonly primaries: number;
  /** Whether the answer's quorum meets the other kind's. */
  readonly intersects: boolean;
}

export interface ToldValues extends Told {
  /** Sorted. */
  readonly values: readonly string[];
}

type Reading = Partial<Omit<GetOptions, "via">>;
type Writing = Partial<Omit<WriteOptions, "via" | "once" | "retryOf">>;

/** A call takes no longer than this, whatever its own deadline is. */
const CALL_MS = 60_000;

/** One client in a story; `via` chooses the node it speaks to. */
export class ScenarioClient {
  readonly simulated: SimulatedClient;
  readonly #world: World;
  readonly #addressOf: (node: NodeId) => string;
  /** By operation id, what was put. */
  readonly #values: Map<string, string>;
  readonly #via: string | undefined;
  #last: WriteRecord | undefined;

  constructor(
    world: World,
    simulated: SimulatedClient,
    addressOf: (node: NodeId) => string,
    values: Map<string, string>,
    via?: string,
  ) {
    this.#world = world;
    this.simulated = simulated;
    this.#addressOf = addressOf;
    this.#values = values;
    this.#via = via;
  }

  /** The same client, with all it has seen, at this node. */
  via(node: NodeId): ScenarioClient {
    const { simulated } = this;
    return new ScenarioClient(
      this.#world,
      simulated,
      this.#addressOf,
      this.#values,
      this.#addressOf(node),
    );
  }

  /** Writes, once; based on what this client has seen of the key unless `blind`. */
  async put(
    key: string,
    value: string,
    { strict = false, ...others }: Writing = {},
  ): Promise<Told> {
    const written = this.simulated.put(key, { strict, ...others, ...this.#where });
    return this.#told(await this.#wait(written), value);
  }

  async delete(key: string, { strict = false, ...others }: Writing = {}): Promise<Told> {
    return this.#told(
      await this.#wait(this.simulated.delete(key, { strict, ...others, ...this.#where })),
    );
  }

  /** The last write of this client at this node again, with the same operation id: perhaps at `node`. */
  async retry(node: NodeId): Promise<Told> {
    const record = this.#last!;
    const { key, strict, kind } = record;
    const options = { strict, retryOf: record, once: true, via: this.#addressOf(node) };
    const again =
      kind === "put" ? this.simulated.put(key, options) : this.simulated.delete(key, options);
    return toldOf(await this.#wait(again));
  }

  async get(key: string, { strict = false, ...others }: Reading = {}): Promise<ToldValues> {
    const read = await this.#wait(
      this.simulated.get(key, { strict, ...others, ...(this.#via && { via: this.#via }) }),
    );
    const values = read.returned
      .map((operation) => this.#values.get(operation) ?? operation)
      .sort();
    return { ...toldOf(read), values };
  }

  get #where(): { once: true; via?: string } {
    return this.#via === undefined ? { once: true } : { once: true, via: this.#via };
  }

  #told(record: WriteRecord, value?: string): Told {
    if (value !== undefined) this.#values.set(record.operationId, value);
    this.#last = record;
    return toldOf(record);
  }

  #wait<T>(call: Promise<T>): Promise<T> {
    return this.#world.until(call, CALL_MS);
  }
}

function toldOf({ outcome, receipts }: Pick<WriteRecord, "outcome" | "receipts">): Told {
  const receipt = receipts.at(-1);
  return {
    outcome,
    acknowledged: receipt?.acknowledged ?? [],
    primaries: receipt?.primaries ?? 0,
    intersects: receipt?.intersects ?? false,
  };
}
