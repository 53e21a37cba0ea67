import type { AntiEntropyOptions } from "@coterie/anti-entropy";
import type { NodeId } from "@coterie/core";
import type { CollectionOptions } from "./collection/collections.ts";
import type { ClientLimits } from "./requests/client-service.ts";

export interface StorageNodeConfig {
  /** A directory's first start without one draws one. Later starts may leave it out. */
  readonly id?: NodeId;
  /** Where others reach this node, `host:port`. */
  readonly address: string;
  readonly limits: ClientLimits;
  /** When what was deleted goes. */
  readonly collection?: CollectionOptions;
  /** How often replicas are compared. */
  readonly antiEntropy?: Pick<AntiEntropyOptions, "intervalMs" | "settleMs">;
}
