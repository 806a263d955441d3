// What the objects say, counted: for people who run labs, and for alerts. Counts by namespace at most, never by name.
import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';

export function objectMetrics(registers: Registry[]) {
  return {
    sets: new Gauge({
      name: 'linkedclone_sets',
      help: 'LinkedCloneSets by state: Ready, Progressing, Stalled, Paused, Deleting.',
      labelNames: ['namespace', 'state'],
      registers,
    }),
    replicas: new Gauge({
      name: 'linkedclone_replicas',
      help: 'Clones of sets: desired, there (current) and ready.',
      labelNames: ['namespace', 'kind'],
      registers,
    }),
    readySeconds: new Gauge({
      name: 'linkedclone_time_to_ready_seconds',
      help: 'From intent to Ready, over the clones that are there, by quantile.',
      labelNames: ['namespace', 'quantile'],
      registers,
    }),
    storageBytes: new Gauge({
      name: 'linkedclone_storage_bytes',
      help: 'What bases and their clones take (linked), and would take as full or thin copies.',
      labelNames: ['namespace', 'kind'],
      registers,
    }),
    conditions: new Gauge({
      name: 'linkedclone_conditions',
      help: 'Objects by kind, condition, status and reason.',
      labelNames: ['kind', 'condition', 'status', 'reason'],
      registers,
    }),
  };
}
