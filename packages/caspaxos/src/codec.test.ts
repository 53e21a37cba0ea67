import { CodecError } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AcceptorState, EMPTY_ACCEPTOR } from "./acceptor.ts";
import { NO_BALLOT } from "./ballot.ts";
import {
  decodeAcceptorState,
  decodeReply,
  decodeRequest,
  encodeAcceptorState,
  encodeReply,
  encodeRequest,
} from "./codec.ts";
import { changeMembership, founders } from "./membership.ts";
import type { Proposal, Reply, Request } from "./message.ts";

const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,10}$/);
const ballot = fc.oneof(
  fc.constant(NO_BALLOT),
  fc.record({ counter: fc.maxSafeNat(), proposer: id }),
);
const sets = fc.array(fc.array(id, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 2 });
const proposal: fc.Arbitrary<Proposal> = fc
  .tuple(ballot, sets, fc.option(sets), fc.option(fc.uint8Array(), { nil: undefined }))
  .map(([number, before, after, value]) => {
    const base = founders(before);
    const membership = after === null ? base : changeMembership(base, after);
    return { ballot: number, base, membership, value };
  });
const accepted = fc.option(proposal, { nil: undefined });
const state: fc.Arbitrary<AcceptorState> = fc.record({ promised: ballot, accepted });
const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({ type: fc.constant("prepare" as const), ballot }),
  fc.record({ type: fc.constant("accept" as const), proposal }),
);
const reply: fc.Arbitrary<Reply> = fc.oneof(
  fc.record({ type: fc.constant("promise" as const), ballot, accepted }),
  fc.record({ type: fc.constant("accepted" as const), ballot }),
  fc.record({ type: fc.constant("conflict" as const), ballot, promised: ballot }),
);

describe("the codec of a register", () => {
  test("acceptor states, requests and replies are read back", () => {
    fc.assert(
      fc.property(state, request, reply, (a, b, c) => {
        expect(decodeAcceptorState(encodeAcceptorState(a))).toEqual(a);
        expect(decodeRequest(encodeRequest(b))).toEqual(b);
        expect(decodeReply(encodeReply(c))).toEqual(c);
      }),
    );
    expect(decodeAcceptorState(encodeAcceptorState(EMPTY_ACCEPTOR))).toEqual(EMPTY_ACCEPTOR);
  });

  test("bytes cut short or spoilt are refused, or are another value's only encoding", () => {
    const flip = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(state, flip, fc.nat(), (value, [at, change], cut) => {
        const whole = encodeAcceptorState(value);
        expect(() => decodeAcceptorState(whole.subarray(0, cut % whole.length))).toThrow(
          CodecError,
        );
        const spoilt = whole.slice();
        spoilt[at % whole.length]! ^= change;
        try {
          expect(encodeAcceptorState(decodeAcceptorState(spoilt))).toEqual(spoilt);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a later format is refused by name", () => {
    const later = encodeAcceptorState(EMPTY_ACCEPTOR);
    later[0] = 2;
    expect(() => decodeAcceptorState(later)).toThrow("format 2");
  });
});
