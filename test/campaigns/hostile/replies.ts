// The recorded replies, by wire name of their method.
import { readFileSync } from 'node:fs';
import { repositoryPath } from '../../../src/testbed/repository.ts';

export const REPLIES_FILE = repositoryPath('test/campaigns/hostile/recorded-replies.json');

export function recordedReplies(): ReadonlyMap<string, string> {
  return new Map(Object.entries(JSON.parse(readFileSync(REPLIES_FILE, 'utf8')) as Record<string, string>));
}
