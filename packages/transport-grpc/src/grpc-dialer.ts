import type { DescMessage, DescMethodBiDiStreaming, MessageShape } from "@bufbuild/protobuf";
import type { Channel, ChannelEvents, Dialer } from "@coterie/peer-session";
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials as Credentials,
  type StatusObject,
} from "@grpc/grpc-js";
import { sessionOptions } from "./channel-options.ts";
import { deserializer, frameSerializer, type Plain } from "./codec.ts";
import { reasonOf } from "./error-status.ts";
import { StreamChannel } from "./stream-channel.ts";
import { TetheredCredentials } from "./tethered-credentials.ts";

export interface GrpcDialerOptions {
  /** Default: without encryption. */
  readonly credentials?: ChannelCredentials;
}

/**
 * Dials sessions over one bidirectional method, `ReplicaService.method.exchange` say. Each dial has a
 * client and a connection of its own, closed with the session: a grpc-js channel that is stuck in
 * CONNECTING after its server restarted is never asked again [trap 30].
 */
export class GrpcDialer<I extends DescMessage, O extends DescMessage>
  implements Dialer<Plain<MessageShape<I>>, MessageShape<O>>
{
  readonly #path: string;
  readonly #serialize: (frame: Plain<MessageShape<I>>) => Buffer;
  readonly #deserialize: (bytes: Buffer) => MessageShape<O>;
  readonly #credentials: ChannelCredentials;

  constructor(method: DescMethodBiDiStreaming<I, O>, options: GrpcDialerOptions = {}) {
    this.#path = `/${method.parent.typeName}/${method.name}`;
    this.#serialize = frameSerializer(method.input);
    this.#deserialize = deserializer(method.output);
    this.#credentials = options.credentials ?? Credentials.createInsecure();
  }

  dial(address: string, events: ChannelEvents<MessageShape<O>>): Channel<Plain<MessageShape<I>>> {
    try {
      return this.#open(address, events);
    } catch (error) {
      return failed(`cannot dial "${address}": ${(error as Error).message}`, events);
    }
  }

  #open(address: string, events: ChannelEvents<MessageShape<O>>): Channel<Plain<MessageShape<I>>> {
    const tether = new TetheredCredentials(this.#credentials);
    const client = new Client(address, tether.credentials, sessionOptions);
    const stream: ClientDuplexStream<
      Plain<MessageShape<I>>,
      MessageShape<O>
    > = client.makeBidiStreamRequest(this.#path, this.#serialize, this.#deserialize);
    const channel = new StreamChannel<Plain<MessageShape<I>>>(stream, () => {
      stream.cancel();
      client.close();
      tether.cut();
    });
    stream.on("data", (frame: MessageShape<O>) => {
      if (channel.isOpen) events.frame(frame);
    });
    // Each end of the call brings `status`; `error` comes with it when the status is not OK, and would
    // bring the process down unheard.
    stream.on("error", () => {});
    stream.on("status", (status: StatusObject) => {
      // Frames that came before the status may still be on their way through the stream.
      setImmediate(() => {
        if (!channel.isOpen) return;
        channel.close("");
        events.closed(reasonOf(status));
      });
    });
    return channel;
  }
}

/** A channel that was never open and says so in a moment, for an address that grpc-js throws at. */
function failed<Out>(reason: string, events: ChannelEvents<never>): Channel<Out> {
  let isOpen = true;
  setImmediate(() => {
    if (isOpen) events.closed(reason);
  });
  return {
    send: () => {},
    pause: () => {},
    resume: () => {},
    close: () => {
      isOpen = false;
    },
  };
}
