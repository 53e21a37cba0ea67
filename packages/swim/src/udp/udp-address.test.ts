import { expect, test } from "vitest";
import { formatAddress, parseAddress } from "./udp-address.ts";

test.each([
  ["10.0.0.1:7946", "10.0.0.1", 7946],
  ["node-1.example:1", "node-1.example", 1],
  ["[::1]:65535", "::1", 65535],
])("%s", (text, host, port) => {
  expect(parseAddress(text)).toEqual({ host, port });
  expect(formatAddress({ host, port })).toBe(text);
});

test.each(["", "host", "host:", ":1", "host:0", "host:65536", "::1:7946", "[::1]", "a:b:1"])(
  '"%s" is not an address',
  (text) => {
    expect(parseAddress(text)).toBeUndefined();
  },
);
