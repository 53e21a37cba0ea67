import { assert } from "@coterie/core";
import type { Channel, ChannelEvents, Dialer, Listener } from "../ports.ts";

/** A transport under test, opened afresh for each case. */
export interface TransportHarness<Out, In> {
  readonly dialer: Dialer<Out, In>;
  /** Where `listener` is reached. */
  listen(listener: Listener<In, Out>): Promise<string>;
  /** An address at which nothing listens. */
  readonly deadAddress: string;
  /** A frame of the dialling side that carries `tag`, and the tag of one that arrived. */
  outFrame(tag: number): Out;
  outTag(frame: Out): number;
  inFrame(tag: number): In;
  inTag(frame: In): number;
  /** Resolves when `condition` holds; rejects when it does not within a few seconds (virtual or real). */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Lets what is under way arrive. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

class End<Out, In> implements ChannelEvents<In> {
  channel: Channel<Out> | undefined;
  readonly frames: In[] = [];
  readonly closes: string[] = [];
  writes = 0;
  frame(frame: In): void {
    this.frames.push(frame);
  }
  closed(reason: string): void {
    this.closes.push(reason);
  }
  send(frame: Out): void {
    this.channel!.send(frame, () => {
      this.writes++;
    });
  }
}

interface Pair<Out, In> {
  readonly harness: TransportHarness<Out, In>;
  readonly near: End<Out, In>;
  readonly far: End<In, Out>;
}

/** What every transport must do for a link and a session server: one case for each promise of the ports. */
export function transportContract<Out, In>(
  open: () => Promise<TransportHarness<Out, In>>,
): { title: string; run: () => Promise<void> }[] {
  const paired = (body: (pair: Pair<Out, In>) => Promise<void>) => async (): Promise<void> => {
    const harness = await open();
    try {
      const near = new End<Out, In>();
      const far = new End<In, Out>();
      const address = await harness.listen({
        accept(channel) {
          far.channel = channel;
          return far;
        },
      });
      near.channel = harness.dialer.dial(address, near);
      near.send(harness.outFrame(0));
      await harness.until(() => far.frames.length === 1 && near.writes === 1, "the first frame");
      await body({ harness, near, far });
    } finally {
      await harness.close();
    }
  };

  return [
    {
      title: "frames arrive in order, both ways, and each is written once",
      run: paired(async ({ harness, near, far }) => {
        for (let tag = 1; tag <= 20; tag++) {
          near.send(harness.outFrame(tag));
          far.send(harness.inFrame(tag));
          assert(
            near.writes < tag + 1 && far.writes < tag,
            "`written` never comes from inside send",
          );
          await harness.until(() => near.writes === tag + 1 && far.writes === tag, "`written`");
        }
        await harness.until(
          () => far.frames.length === 21 && near.frames.length === 20,
          "all frames",
        );
        assert(
          far.frames.every((frame, tag) => harness.outTag(frame) === tag) &&
            near.frames.every((frame, index) => harness.inTag(frame) === index + 1),
          "frames arrive in order",
        );
      }),
    },
    {
      title: "a paused end gets at most two more frames, and all of them after it resumes",
      run: paired(async ({ harness, near, far }) => {
        far.channel!.pause();
        let sent = 1;
        for (; sent <= 40; sent++) {
          near.send(harness.outFrame(sent));
          await harness.settle();
          if (near.writes <= sent) break; // the sender feels it: the window is full
        }
        await harness.settle();
        assert(far.frames.length <= 3, `${far.frames.length - 1} frames arrived at a paused end`);
        far.channel!.resume();
        const all = Math.min(sent, 40) + 1;
        await harness.until(() => far.frames.length === all, "the frames that waited");
        assert(
          far.frames.every((frame, tag) => harness.outTag(frame) === tag),
          "frames arrive in order",
        );
      }),
    },
    {
      title: "a close by the dialling end is told to the other end, once",
      run: paired(async ({ harness, near, far }) => {
        near.channel!.close("enough");
        await harness.until(() => far.closes.length > 0, "the close");
        await harness.settle();
        assert(far.closes.length === 1 && near.closes.length === 0, "only the other end is told");
      }),
    },
    {
      title: "a close by the dialled end is told with its reason, after the frames before it",
      run: paired(async ({ harness, near, far }) => {
        far.send(harness.inFrame(7));
        await harness.until(() => far.writes === 1, "`written`");
        far.channel!.close("the node is draining");
        await harness.until(() => near.closes.length > 0, "the close");
        await harness.settle();
        assert(near.frames.length === 1, "what was written arrives before the close");
        assert(near.closes.length === 1 && far.closes.length === 0, "only the other end is told");
        assert(near.closes[0]!.includes("the node is draining"), `told "${near.closes[0]}"`);
      }),
    },
    {
      title: "after its own close an end hears nothing",
      run: paired(async ({ harness, near, far }) => {
        far.send(harness.inFrame(1));
        near.channel!.close("enough");
        await harness.settle();
        assert(near.frames.length === 0 && near.closes.length === 0, "a closed end hears nothing");
      }),
    },
    {
      title: "a dial where nothing listens ends with a reason, not with a throw",
      run: async () => {
        const harness = await open();
        try {
          const near = new End<Out, In>();
          near.channel = harness.dialer.dial(harness.deadAddress, near);
          assert(near.closes.length === 0, "events never come from inside dial");
          near.send(harness.outFrame(0));
          await harness.until(() => near.closes.length === 1, "the refusal");
          assert(near.closes[0]!.length > 0, "with a reason");
        } finally {
          await harness.close();
        }
      },
    },
  ];
}
