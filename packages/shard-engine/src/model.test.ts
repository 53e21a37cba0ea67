import type { Dot, IntervalClock } from "@coterie/vector-clock";
import fc from "fast-check";
import { expect, test } from "vitest";
import { clockOf, encodedClock, setOf } from "../test/fixture.ts";
import {
  KEYS,
  ModelledReplica,
  NODES,
  nameOf,
  presentIn,
  type Seen,
  union,
  type Writer,
  Writes,
} from "../test/replica-model.ts";

// Random schedules on three engines that exchange sets, beside an account of each dot without clocks
// (`Seen`): a row must show exactly what its account says, and a context cover exactly the dots it should, of
// all that were ever minted for the key. Batches, failed commits, crashes, retries, handoffs, one rotten row.

interface Step {
  readonly kind: string;
  readonly node: number;
  readonly key: number;
  readonly pick: number;
}

const OFTEN = ["put", "put", "put", "put", "deliver", "deliver", "commit", "commit", "fail"];
const SELDOM = ["retry", "crash", "drop", "damage"];

// Mostly one key at one node: what goes wrong takes several steps at the same place.
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...OFTEN, ...SELDOM),
  node: fc.constantFrom(0, 0, 0, 1, 2),
  key: fc.constantFrom(0, 0, 0, 1),
  pick: fc.nat(1_000_000),
});

/** Who put or read: a context, and the dots that it stands for. */
interface Client extends Writer {
  readonly key: number;
  readonly context: Uint8Array;
}

interface Operation {
  readonly id: string;
  readonly client: Client;
  readonly dots: Set<string>;
}

interface Message {
  readonly key: number;
  readonly to: number;
  readonly versions: Uint8Array;
  readonly row: Seen;
}

class Schedule {
  readonly #writes = new Writes();
  readonly #replicas = NODES.map((self, i) => new ModelledReplica(self, 1000 + i, this.#writes));
  readonly #dots: Dot[][] = KEYS.map(() => []);
  readonly #names = new Set<string>();
  /** Replaced by a writer that had seen them. */
  readonly #covered = new Set<string>();
  /** Operations that a writer replaced by name: all their dots, also those that are yet to come. */
  readonly #followed = new Set<string>();
  /** At some moment two replicas had them durable. */
  readonly #acknowledged = new Set<string>();
  readonly #clients: Client[] = [];
  readonly #operations: Operation[] = [];
  readonly #messages: Message[] = [];
  /** One lost copy is what two of three pay for: a damaged row, or handoffs that leave one copy. */
  #losses: "none" | "damage" | "drop" = "none";

  play({ kind, node, key, pick }: Step): void {
    const replica = this.#replicas[node]!;
    if (kind === "put") this.#put(node, this.#newOperation(node, key, pick));
    if (kind === "retry" && this.#operations.length > 0) {
      this.#put(node, this.#operations[pick % this.#operations.length]!);
    }
    if (kind === "deliver" && this.#messages.length > 0) this.#deliver(pick);
    if (kind === "commit") this.#commit(node);
    if (kind === "fail") replica.failCommit();
    if (kind === "crash") replica.start();
    if (kind === "drop" && this.#losses !== "damage") this.#handOff(node, key);
    if (kind === "damage" && this.#losses === "none") {
      this.#commit(node);
      if (replica.damage(key, pick)) this.#losses = "damage";
      this.#check(node);
    }
    if (kind === "fail" || kind === "crash") this.#check(node);
  }

  end(): void {
    for (const node of NODES.keys()) this.#commit(node);
    for (const [key, dots] of this.#dots.entries()) {
      const total = this.#replicas.map((replica) => replica.committed(key)).reduce(union);
      for (const dot of dots.map(nameOf)) {
        if (!this.#acknowledged.has(dot) || this.#covered.has(dot)) continue;
        if (this.#followed.has(this.#writes.operationOf(dot))) continue;
        expect(total.get(dot), `${dot} was acknowledged and is lost`).toBe("present");
      }
    }
  }

  #newOperation(node: number, key: number, pick: number): Operation {
    const id = this.#operations.length.toString(16).padStart(32, "0");
    const operation = { id, client: this.#client(node, key, pick), dots: new Set<string>() };
    this.#operations.push(operation);
    return operation;
  }

  /** A blind writer, one with the context that a put gave it, or one that reads now. */
  #client(node: number, key: number, pick: number): Client {
    const known = this.#clients.filter((client) => client.key === key);
    if (pick % 3 === 1 && known.length > 0) return known[pick % known.length]!;
    if (pick % 3 !== 2) {
      return { key, context: new Uint8Array(), seen: new Set(), follows: new Set() };
    }
    this.#commit(node);
    const replica = this.#replicas[node]!;
    const { context } = setOf(replica.read(key).versions);
    const account = replica.committed(key);
    const follows = this.#writes.followedBy(presentIn(account));
    return { key, context: encodedClock(context), seen: new Set(account.keys()), follows };
  }

  #put(node: number, { id, client, dots }: Operation): void {
    const { key } = client;
    const replica = this.#replicas[node]!;
    const minted = replica.put(key, client, { operationId: id, retry: dots.size > 0 });
    const dot = nameOf(minted.dot);
    if (!minted.repeated) {
      expect(this.#names.has(dot), `${dot} was minted twice`).toBe(false);
      this.#names.add(dot);
      this.#dots[key]!.push(minted.dot);
      dots.add(dot);
      for (const seen of client.seen) this.#covered.add(seen);
      for (const operation of minted.follows) if (operation !== id) this.#followed.add(operation);
    }
    const row = replica.staged(key);
    const own = minted.repeated ? [...dots].filter((each) => row.get(each) === "present") : [dot];
    const seen = new Set([...client.seen, ...own]);
    this.#expectExact(clockOf(minted.context), seen, key);
    const follows = new Set(minted.follows);
    this.#clients.push({ key, context: minted.context, seen, follows });
    for (const to of NODES.keys()) {
      if (to !== node) this.#messages.push({ key, to, versions: minted.versions, row });
    }
  }

  /** Out of order, and now and then twice. */
  #deliver(pick: number): void {
    const at = pick % this.#messages.length;
    const { key, to, versions, row } = this.#messages[at]!;
    if (pick % 5 !== 0) this.#messages.splice(at, 1);
    this.#replicas[to]!.merge(key, versions, row);
  }

  #handOff(node: number, key: number): void {
    const to = (node + 1) % NODES.length;
    this.#commit(node);
    const { versions } = this.#replicas[node]!.read(key);
    if (versions === undefined) return;
    this.#replicas[to]!.merge(key, versions, this.#replicas[node]!.committed(key));
    this.#commit(to);
    this.#replicas[node]!.drop(key);
    this.#losses = "drop";
    this.#check(node);
  }

  #commit(node: number): void {
    this.#replicas[node]!.commit();
    this.#check(node);
    for (const [key, dots] of this.#dots.entries()) {
      for (const dot of dots.map(nameOf)) {
        const holds = (replica: ModelledReplica): boolean =>
          replica.committed(key).get(dot) === "present";
        if (this.#replicas.filter(holds).length >= 2) this.#acknowledged.add(dot);
      }
    }
  }

  /** Nothing is staged on `node`: its rows must be what its account says. */
  #check(node: number): void {
    const replica = this.#replicas[node]!;
    for (const key of KEYS.keys()) {
      const { versions, recovering } = replica.read(key);
      const { context, siblings } = setOf(versions);
      const present = siblings
        .flatMap(({ dot, twins = [] }) => [dot, ...twins.map((twin) => twin.dot)])
        .map(nameOf);
      const account = replica.committed(key);
      const expected = [...account].filter(([, state]) => state === "present");
      expect(present.sort()).toEqual(expected.map(([dot]) => dot).sort());
      this.#expectExact(context, new Set(account.keys()), key);
      expect(recovering, "a row that may be incomplete says so").toBe(replica.mayLack(key));
    }
  }

  #expectExact(context: IntervalClock, seen: ReadonlySet<string>, key: number): void {
    const contained = this.#dots[key]!.filter((dot) => context.contains(dot)).map(nameOf);
    expect(contained.sort(), "a context covers what was seen and nothing else").toEqual(
      [...seen].sort(),
    );
  }
}

test("no acknowledged write is lost, no dot is minted twice, no context claims what was not seen", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
      const schedule = new Schedule();
      for (const each of steps) schedule.play(each);
      schedule.end();
    }),
    { numRuns: 200 },
  );
});
