// The rules that every run is judged by. Two more need the undisturbed run (end-state.ts) or the clock (converged), and are
// judged by whoever runs the plan.
import { rightAdoption } from './adoption.ts';
import { noBrokenChain } from './chains.ts';
import { allTasksWell, endsByPlan, noSecret, quietAtRest } from './conduct.ts';
import { noDuplicate } from './duplicates.ts';
import { noLeak } from './leaks.ts';
import type { Oracle } from './oracle.ts';
import { orphansInTime } from './orphans.ts';
import { decoysUntouched, wrongDeletion } from './ownership.ts';
import { pinsKept } from './pins.ts';
import { scaleDownAsked } from './scale-down.ts';
import { strangersUntouched } from './strangers.ts';
import { neverTooMany } from './too-many.ts';

export const ORACLES: readonly Oracle[] = [
  wrongDeletion,
  decoysUntouched,
  orphansInTime,
  rightAdoption,
  strangersUntouched,
  scaleDownAsked,
  neverTooMany,
  noDuplicate,
  noLeak,
  noBrokenChain,
  pinsKept,
  quietAtRest,
  noSecret,
  endsByPlan,
  allTasksWell,
];
