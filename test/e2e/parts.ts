// The parts of the end-to-end run, in their order.
import type { Context } from './context.ts';
import { image } from './parts/image.ts';
import { kubectl } from './parts/kubectl.ts';

export interface Part {
  name: string;
  /** Whether CI runs it. */
  short: boolean;
  run(context: Context): Promise<void>;
}

export const PARTS: readonly Part[] = [
  { name: 'image', short: true, run: image },
  { name: 'kubectl', short: false, run: kubectl },
];
