import type { Channel, ChannelEvents, Listener } from "@coterie/peer-session";
import { type ServerDuplexStream, status as Status } from "@grpc/grpc-js";
import { Malformed } from "./codec.ts";
import { asDetails } from "./error-status.ts";

/** What either end of a grpc-js stream has. */
interface FrameStream<Out> {
  write(frame: Out, written: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  _read(size: number): void;
}

/**
 * One end of a gRPC stream as a channel. `written` is the stream's write callback: HTTP/2 took the frame,
 * flow control included. What differs between the ends is how the stream ends, so `end` is given.
 */
export class StreamChannel<Out> implements Channel<Out> {
  readonly #stream: FrameStream<Out>;
  readonly #end: (reason: string) => void;
  #isOpen = true;
  #isPaused = false;
  /** The stream asked for more while paused. */
  #owesRead: number | undefined;

  constructor(stream: FrameStream<Out>, end: (reason: string) => void) {
    this.#stream = stream;
    this.#end = end;
    // Node reads ahead into a paused object stream until it holds 16 frames, which may be large: a paused
    // channel does not pass on the wish to read.
    const read = stream._read.bind(stream);
    stream._read = (size) => {
      if (this.#isPaused) this.#owesRead = size;
      else read(size);
    };
  }

  /** False once either end has closed: nothing is delivered any more. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(frame: Out, written: () => void): void {
    if (!this.#isOpen) return;
    this.#stream.write(frame, () => {
      if (this.#isOpen) written();
    });
  }

  pause(): void {
    this.#isPaused = true;
    this.#stream.pause();
  }

  resume(): void {
    this.#isPaused = false;
    const size = this.#owesRead;
    this.#owesRead = undefined;
    if (size !== undefined) this.#stream._read(size);
    this.#stream.resume();
  }

  close(reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#end(reason);
  }
}

/** Hands one stream that a client opened to the listener. */
export function serveStream<Out, In>(
  stream: ServerDuplexStream<In | Malformed, Out>,
  listener: Listener<Out, In>,
): void {
  let code = Status.UNAVAILABLE;
  const channel = new StreamChannel<Out>(stream, (reason) => {
    // How grpc-js is told to end a stream with a status: what is written goes first.
    stream.emit("error", { code, details: asDetails(reason) });
  });
  const events: ChannelEvents<In> = listener.accept(channel, stream.getPeer());
  const closed = (status: Status, reason: string): void => {
    if (!channel.isOpen) return;
    code = status;
    channel.close(reason);
    events.closed(reason);
  };
  stream.on("data", (frame: In | Malformed) => {
    if (!channel.isOpen) return;
    if (frame instanceof Malformed) closed(Status.INVALID_ARGUMENT, frame.detail);
    else events.frame(frame);
  });
  stream.on("end", () => {
    if (!channel.isOpen) return;
    code = Status.OK; // whatever ends the session now, nothing is wrong with it
    if (events.ended === undefined) closed(code, "the other end has ended the session");
    else events.ended();
  });
  stream.on("cancelled", () => closed(Status.CANCELLED, "the connection to the other end is gone"));
}
