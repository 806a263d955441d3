// The parts of the end-to-end run, in their order.
import type { Context } from './context.ts';
import { argocd } from './parts/argocd.ts';
import { flux } from './parts/flux.ts';
import { image } from './parts/image.ts';
import { install } from './parts/install.ts';
import { kubectl } from './parts/kubectl.ts';
import { removal } from './parts/removal.ts';
import { replicas } from './parts/replicas.ts';
import { rights } from './parts/rights.ts';
import { upgrade } from './parts/upgrade.ts';
import { verdicts } from './parts/verdicts.ts';

export interface Part {
  name: string;
  /** Whether CI runs it. */
  short: boolean;
  run: (context: Context, short: boolean) => Promise<void>;
}

export const PARTS: readonly Part[] = [
  { name: 'image', short: true, run: image },
  { name: 'install', short: true, run: install },
  { name: 'upgrade', short: true, run: upgrade },
  { name: 'argocd', short: true, run: argocd },
  { name: 'flux', short: false, run: flux },
  { name: 'kubectl', short: false, run: kubectl },
  { name: 'replicas', short: false, run: replicas },
  { name: 'removal', short: false, run: removal },
  // last: they judge what was recorded in the parts before
  { name: 'verdicts', short: true, run: verdicts },
  { name: 'rights', short: true, run: rights },
];
