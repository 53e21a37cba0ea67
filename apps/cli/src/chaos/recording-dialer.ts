import { toHex } from "@coterie/core";
import { GrpcDialer } from "@coterie/transport-grpc";
import { type ConnectRequest, KvService } from "@coterie/wire";

type Frame = Omit<ConnectRequest, "$typeName" | "$unknown">;

/**
 * The SDK's own way to the nodes, which also counts how often each write was sent: what was sent twice may
 * stand twice, under two dots.
 */
export class RecordingDialer {
  readonly #inner = new GrpcDialer(KvService.method.connect);
  /** By operation id. */
  readonly timesSent = new Map<string, number>();

  readonly dial: GrpcDialer<
    (typeof KvService.method.connect)["input"],
    (typeof KvService.method.connect)["output"]
  >["dial"] = (address, events) => {
    const channel = this.#inner.dial(address, events);
    return {
      send: (frame, written) => {
        this.#count(frame);
        channel.send(frame, written);
      },
      pause: () => channel.pause(),
      resume: () => channel.resume(),
      close: (reason) => channel.close(reason),
    };
  };

  #count({ requests }: Frame): void {
    for (const { body } of requests) {
      if (body.case !== "put" && body.case !== "delete") continue;
      const operationId = toHex(body.value.operationId);
      this.timesSent.set(operationId, (this.timesSent.get(operationId) ?? 0) + 1);
    }
  }
}
