import fc from "fast-check";
import { METADATA_BYTES_MAX, type MemberState } from "../src/member-record.ts";
import type { Message, MessageBody } from "../src/messages.ts";

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const incarnation = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.maxSafeNat());
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const address = fc.stringMatching(/^[!-~]{1,128}$/);
const record = fc
  .record({
    id,
    address,
    incarnation,
    session: uint32,
    state: fc.constantFrom<MemberState>("alive", "suspect", "dead", "left", "forgotten"),
    metadata: fc.uint8Array({ maxLength: METADATA_BYTES_MAX }),
    accuser: id,
  })
  .map((any) => ({ ...any, accuser: any.state === "suspect" ? any.accuser : undefined }));
const records = fc.array(record, { maxLength: 5 });
const optionalId = fc.option(id, { nil: undefined });
const sequence = uint32;
const body = fc.oneof<fc.Arbitrary<MessageBody>[]>(
  fc.record({ type: fc.constant("ping"), sequence }),
  fc.record({ type: fc.constant("ack"), sequence, of: id }),
  fc.record({
    type: fc.constant("pingReq"),
    sequence,
    target: fc.record({ id, address }),
    nackAfterMs: fc.nat(3_600_000),
  }),
  fc.record({ type: fc.constant("nack"), sequence }),
  fc.record({ type: fc.constant("gossip") }),
  fc.record({ type: fc.constant("syncRequest"), digest: fc.record({ high: uint32, low: uint32 }) }),
  fc.record({ type: fc.constant("syncRange"), after: optionalId, upTo: optionalId, records }),
  fc.record({ type: fc.constant("records"), records }),
);
/** Any message that the codec takes, sensible or not. */
export const anyMessage: fc.Arbitrary<Message> = fc.record({
  ...{ from: id, session: uint32, incarnation, to: optionalId, knows: incarnation, body },
  updates: records,
});
