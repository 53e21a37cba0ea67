import type { Receipt } from "@coterie/wire";

/** The stable JSON shape of a receipt. */
export function receiptToJson(receipt: Receipt | undefined) {
  return {
    epoch: receipt?.epoch ?? 0,
    coordinator: receipt?.coordinator ?? "",
    acknowledged: receipt?.acknowledged ?? [],
    primaries: receipt?.primaries ?? 0,
    required: receipt?.required ?? 0,
    intersects: receipt?.intersects ?? false,
  };
}

/** "on n1, n2 (w=2)". */
export function receiptToText(receipt: Receipt | undefined, letter: "r" | "w"): string {
  const { acknowledged, required, intersects } = receiptToJson(receipt);
  const weak = intersects ? "" : "; R+W does not exceed N, so a read may miss a write";
  return `${[...acknowledged].sort().join(", ")} (${letter}=${required}${weak})`;
}
