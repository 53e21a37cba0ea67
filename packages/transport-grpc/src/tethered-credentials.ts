import type { Socket } from "node:net";
import type { ChannelCredentials } from "@grpc/grpc-js";

type Connector = ReturnType<ChannelCredentials["_createSecureConnector"]>;

/**
 * Credentials that keep hold of the sockets of the one client they are given to. Closing a grpc-js client
 * leaves a connection that is still being made to itself: one to a server that takes connections and
 * never answers would stay open for ever, another with each attempt. This is where a socket passes by.
 */
export class TetheredCredentials {
  readonly credentials: ChannelCredentials;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  constructor(inner: ChannelCredentials) {
    const createConnector: ChannelCredentials["_createSecureConnector"] = (...args) =>
      this.#tether(inner._createSecureConnector(...args));
    this.credentials = Object.create(inner, {
      _createSecureConnector: { value: createConnector },
    }) as ChannelCredentials;
  }

  /** Destroys every socket, those included that have yet to connect; after what is already in hand is sent. */
  cut(): void {
    this.#isCut = true;
    setImmediate(() => {
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #tether(inner: Connector): Connector {
    return {
      connect: (socket) => {
        if (this.#isCut)
          return Promise.reject(new Error("the client was closed while it connected"));
        this.#sockets.add(socket);
        socket.once("close", () => this.#sockets.delete(socket));
        return inner.connect(socket);
      },
      waitForReady: () => inner.waitForReady(),
      getCallCredentials: () => inner.getCallCredentials(),
      destroy: () => inner.destroy(),
    };
  }
}
