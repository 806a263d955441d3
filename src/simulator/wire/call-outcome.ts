// What becomes of one request: a SOAP reply, an HTTP status that something in front of vCenter answers with, or a
// connection that is cut.
import type { VimFault } from '../core/vim-fault.ts';
import type { VersionView } from '../schema/version-view.ts';
import { encodeFault } from './encode-fault.ts';

export interface SoapReply {
  readonly kind: 'reply';
  readonly status: 200 | 500;
  /** Bytes when the fault plan spoilt it. */
  readonly body: string | Buffer;
  /** text/xml without it. */
  readonly contentType?: string;
  readonly setCookie?: string;
}

export type CallOutcome =
  | SoapReply
  | {
      readonly kind: 'http';
      readonly status: number;
      /** Bare without it. */
      readonly body?: string | Buffer;
      readonly contentType?: string;
    }
  | { readonly kind: 'cut' };

/** The reply that a fault becomes for a client that knows what `view` has. */
export function faultReply(fault: VimFault, view?: VersionView): SoapReply {
  return { kind: 'reply', status: 500, body: encodeFault(fault, view) };
}

/** What the transport knows about a request's sender. */
export interface Peer {
  readonly address: string;
  readonly userAgent: string;
  /** The value of the cookie vmware_soap_session. */
  readonly cookie: string | undefined;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}
