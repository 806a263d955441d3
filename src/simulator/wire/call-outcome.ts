// What becomes of one request: a SOAP reply, a bare HTTP status, or a connection that is cut.

export type CallOutcome =
  | { readonly kind: 'reply'; readonly status: 200 | 500; readonly body: string; readonly setCookie?: string }
  | { readonly kind: 'http'; readonly status: number }
  | { readonly kind: 'cut' };

/** What the transport knows about a request's sender. */
export interface Peer {
  readonly address: string;
  readonly userAgent: string;
  /** The value of the cookie vmware_soap_session. */
  readonly cookie: string | undefined;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}
