// Asks a server's health endpoint. No certificate is checked: the controller manager makes its own for each start, and
// the question isn't secret.
import { Agent } from 'node:https';
import { exchange } from '../http-exchange.ts';

const PROBE_TIMEOUT_MS = 2000;

/** Whether `url` answers 200; rejects when nothing answers within two seconds. */
export async function answersOk(url: string, signal: AbortSignal): Promise<boolean> {
  const agent = new Agent({ rejectUnauthorized: false, keepAlive: false });
  return (await exchange(url, { agent, signal, timeoutMs: PROBE_TIMEOUT_MS })).status === 200;
}
