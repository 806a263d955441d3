// Calls and errors for tests of single layers.
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import type { SendCall, SoapCall } from '../../../../src/vsphere/layers/call.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';

export const silent = createLogger('silent');

export const COLLECTOR = { type: 'PropertyCollector', value: 'pc' };
export const VM = { type: 'VirtualMachine', value: 'vm-1' };

export function call(method: string, more: Partial<SoapCall> = {}): SoapCall {
  const object = method.endsWith('_Task') ? VM : COLLECTOR;
  return { object, method, args: {}, opId: 'op', timeoutMs: 1_000, signal: undefined, sessionBound: false, ...more };
}

export function failed(
  fault: string,
  method = 'RetrievePropertiesEx',
  more: { status?: number; sent?: boolean } = {},
): VSphereError {
  return new VSphereError({ fault, method, ...more });
}

/** A send whose answers come from a list, one for each call; an Error among them is thrown. The last one stays. */
export function scripted(...answers: unknown[]): SendCall & { readonly calls: SoapCall[] } {
  const calls: SoapCall[] = [];
  const send = async (soapCall: SoapCall): Promise<unknown> => {
    calls.push(soapCall);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return Object.assign(send, { calls });
}

/** The error that a promise rejects with. */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => {
      throw new Error(`expected a rejection, got ${String(value)}`);
    },
    (error: unknown) => error,
  );
}
