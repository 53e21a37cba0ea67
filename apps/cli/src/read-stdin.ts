import type { Terminal } from "./terminal.ts";

/** All of stdin. */
export async function readStdin({ stdin }: Terminal): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return new Uint8Array(Buffer.concat(chunks));
}
