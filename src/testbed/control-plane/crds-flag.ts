// The folder that `--crds` names, looked at before anything is started: a wrong one costs no start of a control plane.
import { statSync } from 'node:fs';
import { errorMessage } from '../../util/errors.ts';
import { UsageError } from '../command.ts';
import { readCrds } from './apply-crds.ts';

/** Throws a UsageError. */
export async function requireCrds(directory: string): Promise<void> {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new UsageError(`--crds must name a folder, and "${directory}" is none (see --help)`);
  try {
    await readCrds(directory);
  } catch (error) {
    throw new UsageError(`--crds: ${errorMessage(error)} (see --help)`, { cause: undefined });
  }
}
