import { founders } from "@coterie/caspaxos";
import { SeededRandom } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import { create, RingSyncSchema } from "@coterie/wire";
import { expect, test } from "vitest";
import type { NodeMemory } from "../birth/birth.ts";
import type { Peers } from "../membership/peers.ts";
import { encodeRegisterState, type RegisterState } from "./register-state.ts";
import { RingKeeper } from "./ring-keeper.ts";

function stateOf(version: number): RegisterState {
  const owners = ["n1", "n2"].map((id) => ({ id, weight: 1, zone: "" }));
  const record = { partitions: 16, phase: "stable", owners, next: [], removed: [] } as const;
  return {
    generation: 1,
    value: {
      version,
      record: { ...record, epoch: version, change: undefined },
      acceptors: new Map([["n1", "a1"]]),
    },
    membership: founders([["a1"]]),
  };
}

const told = (state: RegisterState) =>
  create(RingSyncSchema, { generation: 1, version: 1, state: encodeRegisterState(state) });

function keeper(): { keeper: RingKeeper; durable: number[] } {
  const durable: number[] = [];
  const memory: Pick<NodeMemory, "installRing" | "keepRegister"> = {
    installRing: async (_, { value }) => void durable.push(value.record.epoch),
    keepRegister: async () => {},
  };
  return {
    durable,
    keeper: new RingKeeper({
      self: "n1",
      memory: memory as NodeMemory,
      peers: { up: () => [] } as unknown as Peers,
      timers: new VirtualTime(),
      random: new SeededRandom(1),
      onEvent: () => {},
      prepare: async () => {},
      onState: () => {},
    }),
  };
}

test("a node that nobody has admitted yet takes no ring from gossip: its replicas would vote on what they may lack", async () => {
  const { keeper: newcomer, durable } = keeper();
  await newcomer.exchange(told(stateOf(3)));
  expect([newcomer.view, durable]).toEqual([undefined, []]);
});

test("a member takes a newer ring from anyone, durable before it is in force, and keeps it against an older one", async () => {
  const { keeper: member, durable } = keeper();
  await member.adopt(stateOf(1));
  await member.exchange(told(stateOf(3)));
  await member.exchange(told(stateOf(2)));
  expect([member.view?.record.epoch, durable]).toEqual([3, [1, 3]]);
});
