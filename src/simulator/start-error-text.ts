// Why the simulator can't start, in a sentence for the person who started it.
import { errorMessage } from '../util/errors.ts';
import { VimFault } from './core/vim-fault.ts';
import { StateError } from './state/state-file.ts';

type ListenError = NodeJS.ErrnoException & {
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
};

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something listens there already: the port is in use',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: "this user isn't allowed to",
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host name was not found',
};

export function startErrorText(error: unknown): string {
  // Its message says it all; its cause would add what a parser stumbled over.
  if (error instanceof StateError) return error.message;
  // The one fault at the start: what the inventory's machines have on their disks doesn't fit.
  if (error instanceof VimFault) {
    const file = error.fields['file'];
    return file === undefined ? error.message : `inventory file: ${String(file)} doesn't fit: ${error.message}`;
  }
  const { code = '', address, port, hostname } = error as ListenError;
  const why = WHY[code];
  const place = hostname ?? (port === undefined ? address : `${address}:${port}`);
  return why === undefined || place === undefined ? errorMessage(error) : `can't listen on ${place}: ${why}.`;
}
