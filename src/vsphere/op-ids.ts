// Operation ids: vCenter writes the id that comes with a call into its own logs, so one of our log lines finds its
// counterpart there. Random per client, counted per call.
import { randomBytes } from 'node:crypto';

export function createOpIds(): () => string {
  const client = randomBytes(3).toString('hex');
  let calls = 0;
  return () => {
    calls += 1;
    return `lc-${client}-${calls.toString(36)}`;
  };
}
