// Turns whatever stopped a request before it was answered (sockets, DNS, TLS, time) into an ApiError with code 0, and says
// whether the request can have reached the server: a write that was surely not sent may be repeated as it is.
import { ApiError } from './api-error.ts';

/** Failures of setting up the connection: nothing was sent. Certificate errors are told by their prefix. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);
const CERTIFICATE_ERROR = /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_)/;
const MAYBE_SENT = new Set(['UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** `call` is "GET configmaps default/x". */
export function transportError(call: string, error: unknown): ApiError {
  const code = errorCode(error);
  const text = error instanceof Error ? error.message : String(error);
  const reason = error instanceof Error && error.name === 'TimeoutError' ? 'Timeout' : 'Transport';
  const message = `${call}: ${code === undefined ? '' : `${code} `}${text}`;
  return new ApiError(message, { code: 0, reason, sent: wasSent(error, code) });
}

function wasSent(error: unknown, code: string | undefined): boolean | undefined {
  if (code === undefined) return undefined;
  if (NEVER_SENT.has(code) || CERTIFICATE_ERROR.test(code)) return false;
  if (error instanceof Error && 'syscall' in error && error.syscall === 'connect') return false;
  return MAYBE_SENT.has(code) ? true : undefined;
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
