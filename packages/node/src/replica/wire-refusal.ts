import type { Refused } from "@coterie/shard-engine";
import { Refusal } from "@coterie/wire";

/** A shard's refusal as another node is told it. */
export function wireRefusal(refused: Refused): {
  refusal: Refusal;
  epoch: number;
  detail: string;
} {
  const { reason, epoch, detail } = refused;
  switch (reason) {
    case "epoch":
      return { refusal: Refusal.EPOCH, epoch, detail };
    case "notOwner":
      return { refusal: Refusal.NOT_OWNER, epoch, detail };
    case "overloaded":
      return { refusal: Refusal.OVERLOADED, epoch, detail };
    case "collected":
      return { refusal: Refusal.COLLECTED, epoch, detail };
    default:
      return { refusal: Refusal.STORAGE, epoch, detail };
  }
}
