import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { isFailure } from "@coterie/node";
import {
  AmendRingChangeRequestSchema,
  BeginRingChangeRequestSchema,
  AmendRingChangeRequest_Order as Order,
  type RingChangeState,
} from "@coterie/wire";
import type { Scenario } from "../../src/scenario.ts";

/** Of the change that operators begin, if they do not say otherwise. */
export const ID = "00000000000000a1";

type Begin = MessageInitShape<typeof BeginRingChangeRequestSchema>;

/** What an operator hears at one node. */
export function operatorAt(cluster: Scenario, node: string) {
  const { rings } = cluster.machine(node).node!.operators;
  const heard = async <T extends { readonly $typeName: string }>(answer: Promise<T>) => {
    const told = await cluster.world.until(answer, 60_000);
    return isFailure(told) ? told.message : (told as Exclude<T, { readonly code: unknown }>);
  };
  return {
    begin: (request: Begin) =>
      heard(rings.begin(create(BeginRingChangeRequestSchema, { id: ID, ...request }))),
    amend: (order: Order, acceptLoss = false) =>
      heard(rings.amend(create(AmendRingChangeRequestSchema, { order, acceptLoss }))),
    throttle: (throttle: number) =>
      heard(rings.amend(create(AmendRingChangeRequestSchema, { order: Order.THROTTLE, throttle }))),
    force: (...gone: string[]) =>
      heard(rings.amend(create(AmendRingChangeRequestSchema, { order: Order.FORCE, gone }))),
    status: async (): Promise<RingChangeState> => {
      const told = await heard(rings.progress());
      if (typeof told === "string") throw new Error(told);
      return told.state!;
    },
  };
}

export async function until(
  cluster: Scenario,
  operator: ReturnType<typeof operatorAt>,
  isSo: (state: RingChangeState) => boolean,
): Promise<RingChangeState> {
  for (let round = 0; round < 240; round++) {
    const state = await operator.status();
    if (isSo(state)) return state;
    await cluster.run(250);
  }
  throw new Error("the ring does not come to be so");
}
