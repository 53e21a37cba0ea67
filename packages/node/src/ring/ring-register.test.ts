import { founders } from "@coterie/caspaxos";
import { SeededRandom } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import { MemoryStore, markAllRecovering, ShardEngine, stableRing } from "@coterie/shard-engine";
import { LocalMailbox } from "@coterie/shard-engine/local";
import { describe, expect, test } from "vitest";
import { NodeStore } from "../node-store.ts";
import {
  decodeRegisterState,
  encodeRegisterState,
  type RegisterState,
  type RegisterValue,
} from "./register-state.ts";
import { RingAcceptor } from "./ring-acceptor.ts";
import { RingRegister, type SwapOutcome } from "./ring-register.ts";

const time = new VirtualTime();
const random = new SeededRandom(5);

/** Lets the virtual disk answer. */
async function soon<T>(promise: Promise<T>): Promise<T> {
  await time.run(30_000);
  return promise;
}

class Directory {
  #disk = new MemoryStore();
  acceptor!: RingAcceptor;

  async open(): Promise<RingAcceptor> {
    this.#disk = this.#disk.reopen();
    const engine = ShardEngine.open(this.#disk, { shard: 0, shards: 1, clock: time, random });
    const parts = { timers: time, commitMs: () => 1, answerMs: () => 0 };
    const store = new NodeStore([new LocalMailbox(engine, parts)]);
    this.acceptor = await soon(RingAcceptor.open(store, random));
    return this.acceptor;
  }

  /** As an operator's restore does. */
  restoreCopy(): void {
    this.#disk.crash();
    markAllRecovering(this.#disk.reopen());
  }
}

const owners = ["n1", "n2", "n3"].map((id) => ({ id, weight: 1, zone: "" }));

async function cluster() {
  const directories = new Map(owners.map(({ id }) => [id, new Directory()]));
  const acceptors = new Map<string, string>();
  for (const [id, directory] of directories) acceptors.set(id, (await directory.open()).id);
  const value: RegisterValue = {
    version: 1,
    record: stableRing({ epoch: 1, partitions: 16, owners }),
    acceptors,
  };
  const membership = founders([[...acceptors.values()]]);
  const state: RegisterState = { generation: 1, value, membership };
  const down = new Set<string>();
  const registerOf = (proposerId: string): { register: RingRegister; chosen: number[] } => {
    const chosen: number[] = [];
    const register = new RingRegister({
      clock: time,
      timers: time,
      random,
      proposerId,
      send: async (request) => {
        for (const [id, { acceptor }] of directories) {
          if (acceptor.id === request.acceptor && !down.has(id)) return acceptor.answer(request);
        }
        return undefined;
      },
      onChosen: ({ value: { version } }) => chosen.push(version),
    });
    register.learn(state);
    return { register, chosen };
  };
  return { directories, state, value, down, registerOf };
}

const typeOf = ({ type }: SwapOutcome): string => type;

describe("the ring register", () => {
  test("holds what the cluster was born with until it is written, and then what was written", async () => {
    const { registerOf, value } = await cluster();
    const { register, chosen } = registerOf("p1");
    expect(await soon(register.read(1_000))).toEqual({ type: "ok", value });
    const record = { ...value.record, epoch: 2 };
    const written = { ...value, version: 2, record };
    const swapped = soon(register.swap(value, { ...value, record }, 1_000));
    expect(await swapped).toEqual({ type: "ok", value: written });
    expect(chosen).toEqual([1, 2]);
    const other = registerOf("p2").register;
    expect(await soon(other.read(1_000))).toEqual({ type: "ok", value: written });
  });

  test("lets one of two steps through that follow on the same value", async () => {
    const { registerOf, value } = await cluster();
    const steps = ["p1", "p2"].map((id, i) => {
      const record = { ...value.record, epoch: 2, removed: [`n${8 + i}`] };
      return registerOf(id).register.swap(value, { ...value, record }, 20_000);
    });
    const outcomes = await soon(Promise.all(steps));
    expect(outcomes.map(typeOf).sort()).toEqual(["ok", "outdated"]);
    expect(outcomes[0]!).toHaveProperty("value");
    const values = outcomes.map((outcome) => "value" in outcome && outcome.value.record.removed);
    expect(values[0]).toEqual(values[1]);
  });

  test("needs a majority, and says of whom", async () => {
    const { registerOf, value, down } = await cluster();
    const { register } = registerOf("p1");
    down.add("n2");
    expect(typeOf(await soon(register.swap(value, value, 1_000)))).toBe("ok");
    down.add("n3");
    const failed = await soon(register.read(1_000));
    expect(failed).toMatchObject({
      type: "failed",
      detail: expect.stringMatching(/1 of .* promised, 2 are needed/),
    });
  });

  test("an acceptor remembers over restarts what it promised, and is another one after a restore", async () => {
    const { directories, registerOf, value } = await cluster();
    const { register } = registerOf("p1");
    await soon(register.swap(value, value, 1_000));
    const [first] = directories.values();
    const { id } = first!.acceptor;
    expect(await first!.open()).toMatchObject({ id, acceptedVersion: 2 });
    first!.restoreCopy();
    const fresh = await first!.open();
    expect(fresh.acceptedVersion).toBe(0);
    expect(fresh.id).not.toBe(id);
    const request = { acceptor: id, generation: 1, origin: "", request: new Uint8Array() };
    expect(await soon(fresh.answer(request))).toBeUndefined();
  });

  test("that was forced is answered by no acceptor that has accepted something of one forced beside it, and one of the next generation is", async () => {
    const { registerOf, state, value } = await cluster();
    const forcedAs = (generation: number, origin: string): RegisterState => {
      return { ...state, generation, value: { ...value, origin } };
    };
    const [one, other] = ["p1", "p2"].map((id) => registerOf(id).register);
    const ours = forcedAs(2, "aa");
    one!.learn(ours);
    const record = { ...value.record, epoch: 1_001 };
    expect(typeOf(await soon(one!.swap(ours.value, { ...value, record }, 1_000)))).toBe("ok");
    other!.learn(forcedAs(2, "bb"));
    expect(await soon(other!.read(1_000))).toMatchObject({
      type: "failed",
      detail: expect.stringMatching(/0 of .* promised, 2 are needed/),
    });
    expect(await soon(one!.read(1_000))).toMatchObject({ type: "ok", value: { record } });
    other!.learn(forcedAs(3, "bb"));
    expect(await soon(other!.read(1_000))).toMatchObject({ type: "ok", value: { origin: "bb" } });
  });

  test("is told to others and kept in one encoding", async () => {
    const { state } = await cluster();
    expect(decodeRegisterState(encodeRegisterState(state))).toEqual(state);
  });
});
