import type { NodeId } from "@coterie/core";
import type { ClientCall, ClientReply } from "@coterie/wire";

/** One request as the cluster is asked for it, as often as it takes. */
export interface Request {
  /** Made for each attempt, with what is left of the deadline; `retry`: it is not the first. */
  readonly body: (timeoutMs: number, retry: boolean) => ClientCall["body"];
  /** It changes something. It must carry an operation id, which makes a second attempt the same write. */
  readonly writes: boolean;
  /** Who is to be asked first; worked out again for each attempt, for keys may move. */
  readonly primaries: () => readonly NodeId[];
  /** The only node to ask, and no hedge: for what one replica says of itself. */
  readonly only?: NodeId;
  /** Of a write, hexadecimal. */
  readonly operationId?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A reply, and how often it was asked for. */
export interface Performed {
  readonly body: ClientReply["body"];
  /** More than 1: other nodes may carry the request out, too. */
  readonly attempts: number;
}
