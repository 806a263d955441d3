// The Event objects (events.k8s.io/v1) that the recorder sends: what is created for a first occurrence, and the patch that
// raises the count of a series.
import type { EventSeries, EventSubject } from './event-aggregator.ts';
import { toMicroTime } from './micro-time.ts';
import type { KubeObject, NewObject, Resource } from './objects.ts';

export interface KubeEvent extends KubeObject<undefined> {
  readonly eventTime: string;
  readonly type: string;
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly regarding: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
    readonly uid: string;
  };
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

export const EVENTS: Resource<KubeEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

/** Events about cluster-scoped objects must be in the namespace "default". */
export function eventNamespace(subject: EventSubject): string {
  return subject.metadata.namespace ?? 'default';
}

/** The object of a series that isn't there yet, with its count if it grew meanwhile. */
export function createdEvent(
  series: EventSeries,
  name: string,
  reporter: { readonly reportingController: string; readonly reportingInstance: string },
): NewObject<KubeEvent> {
  const { apiVersion, kind, metadata } = series.subject;
  const { reportingController, reportingInstance } = reporter;
  return {
    metadata: { name, namespace: eventNamespace(series.subject) },
    eventTime: toMicroTime(series.firstAt),
    ...series.text,
    reportingController,
    reportingInstance,
    regarding: {
      apiVersion,
      kind,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      name: metadata.name,
      uid: metadata.uid,
    },
    // The API refuses a series of one.
    ...(series.count > 1 && seriesPatch(series)),
  };
}

/** Merge patch for the count; everything else in an Event is immutable. */
export function seriesPatch(series: EventSeries): { series: { count: number; lastObservedTime: string } } {
  return { series: { count: series.count, lastObservedTime: toMicroTime(series.lastAt) } };
}
