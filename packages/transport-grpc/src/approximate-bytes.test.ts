import { create, toBinary } from "@bufbuild/protobuf";
import { PeerCallSchema, PeerReplySchema } from "@coterie/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { approximateBytes } from "./approximate-bytes.ts";

const bytes = fc.uint8Array({ maxLength: 2000 });
const text = fc.string({ maxLength: 50, unit: "binary" });

test("a message never takes more bytes than its weight, and not much less", () => {
  fc.assert(
    fc.property(bytes, bytes, text, fc.nat(), (row, versions, id, epoch) => {
      const call = create(PeerCallSchema, {
        id: epoch,
        body: { case: "merge", value: { epoch, row, versions, repair: true } },
      });
      const encoded = toBinary(PeerCallSchema, call).byteLength;
      expect(approximateBytes(call)).toBeGreaterThanOrEqual(encoded);
      expect(approximateBytes(call)).toBeLessThan(encoded + 150);

      const reply = create(PeerReplySchema, {
        body: {
          case: "get",
          value: {
            siblings: [{ value: row }, { value: versions }],
            receipt: { acknowledged: [id, id] },
          },
        },
      });
      expect(approximateBytes(reply)).toBeGreaterThanOrEqual(
        toBinary(PeerReplySchema, reply).byteLength,
      );
    }),
    { numRuns: 100 },
  );
});
