import type { SwimConfig } from "./config.ts";
import type { Effect } from "./effects.ts";
import type { MemberRecord } from "./member-record.ts";
import { emptyMessageBytes, RANGE_BYTES_MAX, recordBytes } from "./message-size.ts";
import type { MessageBody, Peer } from "./messages.ts";
import { inParts } from "./push-pull.ts";
import type { Self } from "./self.ts";
import type { View } from "./view.ts";

/** Writes messages: fills what the budget leaves beside the body with news. */
export class Composer {
  readonly #bytesMax: number;
  readonly #self: Self;
  readonly #view: View;

  constructor(config: SwimConfig, self: Self, view: View) {
    this.#bytesMax = config.messageBytesMax;
    this.#self = self;
    this.#view = view;
  }

  /** `first` are the records that this receiver must hear; then comes the news for everyone. */
  send(to: Peer, body: MessageBody, first: readonly MemberRecord[] = []): Effect {
    const { id: from, session } = this.#self;
    const incarnation = this.#self.incarnation.current;
    const knows = this.#knows(to);
    let left = this.#bytesMax - emptyMessageBytes(from, incarnation, to.id, knows, body);
    const updates: MemberRecord[] = [];
    for (const record of first) {
      const bytes = recordBytes(record);
      if (bytes > left) continue;
      left -= bytes;
      updates.push(record);
    }
    const { news, members } = this.#view;
    for (const record of news.take(left, members.livingCount, updates)) updates.push(record);
    return {
      type: "send",
      to,
      message: { from, session, incarnation, to: to.id, knows, body, updates },
    };
  }

  /** As many messages as it takes. */
  sendRecords(to: Peer, records: readonly MemberRecord[]): Effect[] {
    const parts = inParts(records, this.recordsBytesMax(to));
    return parts.map((part) => this.send(to, { type: "records", records: part }));
  }

  /** Bytes for records in one message to that peer, be it a range or an answer. */
  recordsBytesMax(to: Peer): number {
    const { id, incarnation } = this.#self;
    const empty = { type: "records", records: [] } as const;
    const bytes = emptyMessageBytes(id, incarnation.current, to.id, this.#knows(to), empty);
    return this.#bytesMax - bytes - RANGE_BYTES_MAX;
  }

  #knows(to: Peer): number {
    return to.id === undefined ? 0 : (this.#view.members.get(to.id)?.incarnation ?? 0);
  }
}
